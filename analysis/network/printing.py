"""The numbers of a network as text, for its pages and figures alike."""

from ..figures import numbers
from ..printing import printer
from ..stats.scales import scale_of


def writer(spec, many):
    """``(printed, write)``: from the scale of analysis to the printed one, and to text. One
    precision for all effects of many results of a spec."""
    printed = printer(spec["measure"])
    if scale_of(spec["measure"]).log_axis:
        return printed, numbers.ratio
    found = [one for results in many for one in results["treatments"][1:]]
    digits = numbers.decimals([one["ci_ub"] - one["ci_lb"] for one in found])
    return printed, lambda value: numbers.fixed(value, digits)


def of_run(run):
    """The ``writer`` of one run."""
    return writer(run.spec, [run.results])


def effect(found, printed, write):
    """An estimate with its interval as text."""
    return f"{write(printed(found['est']))} ({limits(found, printed, write)})"


def limits(found, printed, write):
    return f"{write(printed(found['ci_lb']))} to {write(printed(found['ci_ub']))}"


def ranked(run):
    """Treatments from the best P-score down; of equal ones the reference last."""
    return sorted(run.results["treatments"], key=lambda one: -one["p_score"])


def of_pair(results, i, j):
    """The network's estimate of treatment ``i`` against ``j`` (places in ``treatments``)."""
    return {name: table[i][j] for name, table in results["league"].items()}


def heterogeneity(run):
    """τ², I² and Q of the whole network, as a sentence."""
    found = run.results["heterogeneity"]
    q = f"Q = {numbers.fixed(found['QE'], 2)} on {found['df']} df"
    q += f", {numbers.p_statement(found['QEp'])}." if found["df"] else "."
    if not found["tau2"]:
        return f"Common effect. {q}"
    tau2, i2 = found["tau2"], found["I2"]
    write = numbers.alike(tau2["est"] or tau2["ub"])
    return (
        f"τ² = {write(tau2['est'])} ({write(tau2['lb'])} to {write(tau2['ub'])}), I² = "
        f"{numbers.percent(i2['est'])} ({numbers.percent(i2['lb'])} to {numbers.percent(i2['ub'])})"
        f", {q}"
    )


def direct_of(results):
    """What the studies of a pair say by themselves, and how many they are, by ``(treatment,
    against)``, either way round; pairs that no study compares are not in it."""
    found = {}
    for pair in results["pairs"]:
        told = pair["direct"] | {"studies": pair["studies"]}
        turned = {"est": -told["est"], "ci_lb": -told["ci_ub"], "ci_ub": -told["ci_lb"]}
        found[pair["first"], pair["second"]] = told
        found[pair["second"], pair["first"]] = told | turned
    return found
