"""A network with embeddings: every name becomes a handful of numbers that are learned.

A column of names enters as rows of a table of its own, a column of numbers scaled to mean 0 and
standard deviation 1; then come two hidden layers. It reaches about what a forest does. Its
embeddings may be worth more than its answers: put them into a forest in place of the codes.
"""

from labs.kit import TableCoder, TableNet, fit, predictions

EPOCHS = 4
BATCH = 256
LEARNING_RATE = 1e-2


def train(data, run):
    people = data.train_x.drop(columns="fnlwgt")
    numbers = list(people.select_dtypes("number"))
    names = [column for column in people if column not in numbers]
    cut = len(people) * 9 // 10

    coder = TableCoder(people[:cut], names, numbers)
    model = TableNet(coder.sizes, coder.width, 2, embedding_dropout=0.1).to(run.device)
    fit(
        model,
        (coder(people[:cut]), data.train_y[:cut]),
        (coder(people[cut:]), data.train_y[cut:]),
        epochs=EPOCHS,
        batch=BATCH,
        lr=LEARNING_RATE,
        run=run,
    )
    return {"coder": coder, "model": model.cpu()}


def predict(trained, inputs, run):
    model = trained["model"].to(run.device)
    return predictions(model, trained["coder"](inputs)).softmax(1).numpy()
