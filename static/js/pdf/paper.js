/* A PDF in a pane: its pages one below the other, painted when they come near, with their text over
   them so that it can be selected, and marks on passages. Drawn by pdf.js (static/vendor/pdfjs). */

import * as pdfjs from "../../vendor/pdfjs/pdf.min.mjs";

const vendor = (path) => new URL(`../../vendor/pdfjs/${path}`, import.meta.url).href;
const STEPS = [0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4];
const MOST_PIXELS = 16_000_000;
const NARROWEST = 0.3;

pdfjs.GlobalWorkerOptions.workerSrc = vendor("pdf.worker.min.mjs");

export class Paper {
  /* `box` is the element that scrolls. `onturn(page, pages)` is told which page is in sight. */
  constructor(box, onturn) {
    this.box = box;
    this.onturn = onturn;
    this.leaves = [];
    this.scale = 1;
    this.fitted = true;
    this.near = new IntersectionObserver((seen) => seen.forEach((one) => this.#came(one)), {
      root: box,
      rootMargin: "120% 0px",
    });
    box.addEventListener("scroll", () => this.#turned(), { passive: true });
    new ResizeObserver(() => this.fitted && this.fit()).observe(box);
  }

  /* Show a file; resolves when its pages are laid out. A refusal of pdf.js is passed on. */
  async open(src) {
    const task = pdfjs.getDocument({
      url: src,
      cMapUrl: vendor("cmaps/"),
      standardFontDataUrl: vendor("standard_fonts/"),
      wasmUrl: vendor("decoders/"),
      useWasm: false, // needs no right to compile code, which the Content-Security-Policy refuses
    });
    const book = await task.promise;
    const first = (await book.getPage(1)).getViewport({ scale: 1 });
    await this.book?.loadingTask.destroy();
    this.near.disconnect();
    this.book = book;
    this.leaves = Array.from({ length: book.numPages }, (_, at) => this.#leaf(at + 1, first));
    this.box.replaceChildren(...this.leaves.map((leaf) => leaf.element));
    if (this.fitted) this.fit();
    else this.#rescale(this.scale);
    this.leaves.forEach((leaf) => this.near.observe(leaf.element));
    this.box.scrollTop = 0;
    this.#turned();
  }

  get pages() {
    return this.leaves.length;
  }

  leafAt(node) {
    const element = (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest(".paper-page");
    return this.leaves.find((leaf) => leaf.element === element);
  }

  fit() {
    const widest = Math.max(...this.leaves.map((leaf) => leaf.width), 1);
    const room = this.box.clientWidth - 2 * parseFloat(getComputedStyle(this.box).paddingInlineStart);
    this.fitted = true;
    this.#rescale(Math.max(NARROWEST, room / widest));
  }

  zoom(by) {
    const wider = STEPS.find((step) => step > this.scale * 1.01);
    const narrower = STEPS.findLast((step) => step < this.scale * 0.99);
    this.fitted = false;
    this.#rescale((by > 0 ? wider : narrower) ?? this.scale);
  }

  /* Go to a page and, with boxes, mark them there and bring the first into sight. */
  async show(page, boxes = []) {
    const leaf = this.leaves[Math.min(Math.max(page, 1), this.pages) - 1];
    if (!leaf) return;
    await this.#size(leaf);
    this.mark(page, boxes);
    const target = leaf.marks.firstElementChild;
    const { top } = (target ?? leaf.element).getBoundingClientRect();
    const above = target ? this.box.clientHeight / 3 : 8;
    this.box.scrollTop += top - this.box.getBoundingClientRect().top - above;
    await this.paint(leaf);
  }

  /* Mark boxes on a page, and nothing else. */
  mark(page, boxes) {
    this.leaves.forEach((leaf) => leaf.marks.replaceChildren(...(leaf.number === page ? boxes.map(box) : [])));
  }

  /* The pieces of text of a page with what stands between them, as pdf.js read them. */
  async words(number) {
    const leaf = this.leaves[number - 1];
    leaf.words ??= (await this.book.getPage(number)).getTextContent();
    return leaf.words;
  }

  /* Paint a page at this zoom with its text; what was painted before is not painted again. */
  async paint(leaf) {
    const { scale, book } = this;
    if (leaf.painted === scale) return leaf.text;
    leaf.painted = scale;
    const page = await book.getPage(leaf.number);
    const viewport = page.getViewport({ scale });
    const most = Math.sqrt(MOST_PIXELS / (viewport.width * viewport.height));
    const sharp = Math.min(devicePixelRatio || 1, most);
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(viewport.width * sharp);
    canvas.height = Math.floor(viewport.height * sharp);
    canvas.setAttribute("aria-hidden", "true");
    leaf.task?.cancel();
    leaf.task = page.render({ canvas, viewport, transform: [sharp, 0, 0, sharp, 0, 0] });
    leaf.text ??= this.#write(leaf, page);
    try {
      await leaf.task.promise;
    } catch (problem) {
      if (problem instanceof pdfjs.RenderingCancelledException || this.book !== book) return leaf.text;
      throw problem;
    }
    leaf.canvas?.remove();
    leaf.canvas = canvas;
    leaf.element.prepend(canvas);
    return leaf.text;
  }

  /* Lay the text over the page; resolves to the element of each piece of it. */
  async #write(leaf, page) {
    const container = document.createElement("div");
    container.className = "textLayer";
    leaf.element.insertBefore(container, leaf.marks);
    const viewport = page.getViewport({ scale: 1 });
    const layer = new pdfjs.TextLayer({ textContentSource: await this.words(leaf.number), container, viewport });
    await layer.render();
    const end = document.createElement("div"); // stops a selection from running over the whole page
    end.className = "endOfContent";
    container.append(end);
    container.addEventListener("pointerdown", () => {
      container.classList.add("selecting");
      addEventListener("pointerup", () => container.classList.remove("selecting"), { once: true });
    });
    return layer.textDivs;
  }

  #leaf(number, { width, height }) {
    const element = document.createElement("div");
    const marks = document.createElement("div");
    element.className = "paper-page";
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", `Page ${number}`);
    marks.className = "paper-marks";
    element.append(marks);
    const leaf = { number, element, marks, sized: false };
    this.#cut(leaf, width, height);
    return leaf;
  }

  #cut(leaf, width, height) {
    Object.assign(leaf, { width, height });
    leaf.element.style.setProperty("--page-width", `${width}px`);
    leaf.element.style.setProperty("--page-height", `${height}px`);
  }

  async #size(leaf) {
    if (leaf.sized) return;
    const { width, height } = (await this.book.getPage(leaf.number)).getViewport({ scale: 1 });
    leaf.sized = true;
    this.#cut(leaf, width, height);
  }

  async #came({ target, isIntersecting }) {
    const leaf = this.leafAt(target);
    if (!leaf) return;
    leaf.near = isIntersecting;
    if (!isIntersecting) {
      leaf.canvas?.remove(); // a canvas is large; the text stays
      leaf.canvas = leaf.painted = null;
      return;
    }
    await this.#size(leaf);
    await this.paint(leaf);
  }

  #rescale(scale) {
    const was = this.box.scrollHeight ? this.box.scrollTop / this.box.scrollHeight : 0;
    this.scale = scale;
    this.box.style.setProperty("--total-scale-factor", scale);
    this.box.scrollTop = was * this.box.scrollHeight;
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => this.leaves.filter((leaf) => leaf.near).forEach((leaf) => this.paint(leaf)));
  }

  #turned() {
    const line = this.box.getBoundingClientRect().top + this.box.clientHeight / 3;
    const leaf = this.leaves.find(({ element }) => element.getBoundingClientRect().bottom > line);
    if (leaf) this.onturn(leaf.number, this.pages);
  }
}

function box([x0, y0, x1, y1]) {
  const element = document.createElement("div");
  element.className = "paper-mark";
  Object.assign(element.style, {
    left: `${100 * x0}%`,
    top: `${100 * y0}%`,
    width: `${100 * (x1 - x0)}%`,
    height: `${100 * (y1 - y0)}%`,
  });
  return element;
}
