"""The baseline: a decision tree that is small enough to be read.

A tree asks one question of a person, then another one that depends on the answer. With eight
leaves it asks at most a handful, and train prints all of them: read them before you build anything
larger. Missing values and unscaled numbers do not trouble it, since it only compares.
"""

from sklearn.tree import DecisionTreeClassifier, export_text

LEAVES = 8


def as_numbers(people, kinds):
    """Names become their place in the alphabet, -1 where missing: a tree needs an order."""
    numbers = people.copy()
    for column, names in kinds.items():
        numbers[column] = people[column].map({name: at for at, name in enumerate(names)})
    return numbers.fillna(-1)


def train(data, run):
    texts = data.train_x.select_dtypes(exclude="number")
    kinds = {column: sorted(texts[column].dropna().unique()) for column in texts}
    cut = len(data.train_x) * 4 // 5
    people = as_numbers(data.train_x, kinds)

    tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, random_state=run.seed)
    tree.fit(people[:cut], data.train_y[:cut])

    run.log(step=1, valid_accuracy=tree.score(people[cut:], data.train_y[cut:]))
    print(export_text(tree, feature_names=list(people.columns)))
    for column in ("marital-status", "relationship"):
        print(f"{column}: {', '.join(f'{n} {name}' for n, name in enumerate(kinds[column]))}")
    return {"kinds": kinds, "tree": tree}


def predict(model, inputs, run):
    return model["tree"].predict_proba(as_numbers(inputs, model["kinds"]))
