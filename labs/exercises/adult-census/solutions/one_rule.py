"""OneR: the one question whose answer tells most.

On every column the best single rule is looked for: above a value or not, or the usual answer for
each name. It takes a second, and whatever comes later has to beat it.
"""

from labs.kit import one_r


def train(data, run):
    cut = len(data.train_x) * 4 // 5
    rules = one_r(data.train_x[:cut], data.train_y[:cut])
    for rule in rules[:5]:
        how = "by name" if rule.cut is None else f"above {rule.cut:g}"
        print(f"{rule.column}, {how}: wrong about {rule.error:.1%}")

    right = rules[0].predict(data.train_x[cut:]) == data.train_y[cut:]
    run.log(step=1, valid_accuracy=right.mean())
    return rules[0]


def predict(rule, inputs, run):
    return rule.predict(inputs)
