"""How R searches, where a case holds the place at which R's search ended.

Written from the published algorithms (Brent 1973; Nelder & Mead 1965 and the variable metric of
Nash 1990, Compact numerical methods for computers, algorithms 19 to 21; Richardson's
extrapolation as in numDeriv). The engine's own searches go on to the last digits.
"""

import numpy as np

EPS = np.finfo(float).eps
ROOT_EPS = float(np.sqrt(EPS))
GOLD = (3 - np.sqrt(5)) / 2


def optimize(f, low, high, tolerance=EPS**0.25):
    """Where Brent's search finds the minimum of ``f`` between two bounds."""
    x = w = v = low + GOLD * (high - low)
    fx = fw = fv = f(x)
    step = before = 0.0
    root = np.sqrt(EPS)
    while True:
        middle = (low + high) / 2
        near = root * abs(x) + tolerance / 3
        if abs(x - middle) <= 2 * near - (high - low) / 2:
            return x
        p = q = r = 0.0
        if abs(before) > near:
            r, q = (x - w) * (fx - fv), (x - v) * (fx - fw)
            p, q = (x - v) * q - (x - w) * r, 2 * (q - r)
            p, q = (-p, q) if q > 0 else (p, -q)
            r, before = before, step
        if abs(p) >= abs(q * r / 2) or p <= q * (low - x) or p >= q * (high - x):
            before = (high if x < middle else low) - x
            step = GOLD * before
        else:
            step = p / q
            at = x + step
            if at - low < 2 * near or high - at < 2 * near:
                step = near if x < middle else -near
        u = x + (step if abs(step) >= near else np.copysign(near, step))
        fu = f(u)
        if fu <= fx:
            low, high = (low, x) if u < x else (x, high)
            v, w, x, fv, fw, fx = w, x, u, fw, fx, fu
            continue
        low, high = (u, high) if u < x else (low, u)
        if fu <= fw or w == x:
            v, fv, w, fw = w, fw, u, fu
        elif fu <= fv or v in (x, w):
            v, fv = u, fu


def nelder_mead(f, start, tolerance=ROOT_EPS):
    """Where the simplex search from ``start`` ends: reflection 1, contraction 1/2, expansion 2."""
    n, first = start.size, f(start)
    enough = tolerance * (abs(first) + tolerance)
    step = 0.1 * np.abs(start).max() or 0.1
    points = np.vstack([start, start + step * np.eye(n)])
    values = np.array([first, *map(f, points[1:])])
    low, size = 0, n * 10 * step
    while True:
        low = _least_from(values, low)
        high = int(np.argmax(values))
        if values[high] <= values[low] + enough:
            return points[low]
        centre = (points.sum(0) - points[high]) / n
        worst, reflected = values[high], 2 * centre - points[high]
        value = f(reflected)
        if value < values[low]:
            further = 2 * reflected - centre
            beyond = f(further)
            taken = (further, beyond) if beyond < value else (reflected, value)
            points[high], values[high] = taken
            continue
        if value < worst:
            points[high], values[high] = reflected, value
        inside = (points[high] + centre) / 2
        contracted = f(inside)
        if contracted < values[high]:
            points[high], values[high] = inside, contracted
        elif value >= worst:
            points = points[low] + (points - points[low]) / 2
            values = np.array([values[low] if i == low else f(p) for i, p in enumerate(points)])
            smaller = float(np.abs(points - points[low]).sum())
            if smaller >= size:
                return points[low]
            size = smaller


def _least_from(values, low):
    """The place of the least value; the former one where it is among equals."""
    return low if values[low] <= values.min() else int(np.argmin(values))


def differences(f, x, step=1e-3):
    """Gradient by central differences with R's step of one in a thousand."""
    rows = np.diag(np.full(x.size, step))
    return np.array([(f(x + e) - f(x - e)) / (2 * step) for e in rows])


def hessian_of_differences(f, x, step=1e-3):
    """Hessian as differences of `differences`, made symmetric."""
    rows = np.diag(np.full(x.size, step))
    H = np.array([(differences(f, x + e) - differences(f, x - e)) / (2 * step) for e in rows])
    return (H + H.T) / 2


def variable_metric(f, x, tolerance=ROOT_EPS, most=100):
    """``(x, f(x))`` where R's BFGS search from ``x``, with `differences`, ends."""
    n, x, value = x.size, np.array(x, float), f(x)
    slope = differences(f, x)
    counted, restarted, rounds = 1, 1, 1
    while True:
        if restarted == counted:
            metric = np.eye(n)
        before, old = x.copy(), slope
        step = -metric @ slope
        fall = float(step @ slope)
        still = 0
        if fall < 0:
            x, trial, length, still = _shortened(f, before, step, value, fall)
            if still < n and abs(trial - value) <= tolerance * (abs(value) + tolerance):
                still, value = n, trial
            if still < n:
                value, slope = trial, differences(f, x)
                counted, rounds = counted + 1, rounds + 1
                metric, fine = _updated(metric, length * step, slope - old)
                restarted = restarted if fine else counted
            elif restarted < counted:
                still, restarted = 0, counted
        elif restarted == counted:
            still = n
        else:
            restarted = counted
        if rounds >= most or (still == n and restarted == counted):
            return x, value
        if counted - restarted > 2 * n:
            restarted = counted


def _shortened(f, before, step, value, fall):
    """The first acceptable point along a step, its value, its length, and how many stood still."""
    length = 1.0
    while True:
        x = before + length * step
        still = int(np.sum(before + 10.0 == x + 10.0))
        if still == x.size:
            return x, value, length, still
        trial = f(x)
        if np.isfinite(trial) and trial <= value + 1e-4 * fall * length:
            return x, trial, length, still
        length *= 0.2


def _updated(metric, step, change):
    """The inverse Hessian after a step, and whether the step could be used."""
    along = float(step @ change)
    if along <= 0:
        return metric, False
    carried = metric @ change
    ratio = 1 + float(carried @ change) / along
    gained = ratio * np.outer(step, step) - np.outer(step, carried) - np.outer(carried, step)
    return metric + gained / along, True


def hessian_richardson(f, x, rounds=6, first=0.1):
    """Hessian by Richardson's extrapolation from steps of a tenth, halved ``rounds`` times."""
    h0 = np.abs(first * x) + 1e-4 * (np.abs(x) < np.sqrt(EPS / 7e-7))
    n, centre = x.size, f(x)
    H = np.zeros((n, n))

    def limit(estimate):
        values = np.array([estimate(0.5**k) for k in range(rounds)])
        for m in range(1, rounds):
            values = (values[1:] * 4**m - values[:-1]) / (4**m - 1)
        return values[0]

    steps = np.diag(h0)
    for i in range(n):
        e = steps[i]
        H[i, i] = limit(
            lambda s, e=e: (f(x + s * e) - 2 * centre + f(x - s * e)) / (s * e.sum()) ** 2
        )
    for i in range(n):
        for j in range(i):
            both, a, b = steps[i] + steps[j], h0[i], h0[j]
            own = H[i, i] * a**2 + H[j, j] * b**2
            H[i, j] = H[j, i] = limit(
                lambda s, both=both, a=a, b=b, own=own: (
                    (f(x + s * both) - 2 * centre + f(x - s * both) - own * s**2)
                    / (2 * s**2 * a * b)
                )
            )
    return H
