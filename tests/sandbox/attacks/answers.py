"""Answers that are none: what predict returns, or writes around the harness, to fool the grader.

In a bare process the grader is one that trusts: it loads whatever came and compares.
"""

from tests.sandbox.attack import Answer

_HEADER = """
def header(shape, descr="<i8", more=""):
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, {more}}}\\n".encode()
    return b"\\x93NUMPY\\x01\\x00" + len(text).to_bytes(2, "little") + text
"""


def _raw(name: str, body: str) -> Answer:
    return Answer(name, _HEADER + body)


ANSWERS = (
    Answer(
        "answers with a pickle that runs code",
        """
        import pickle
        class Trap:
            def __reduce__(self):
                return os.system, ("echo REACHED > " + PRECIOUS + "/touched",)
        send(pickle.dumps(Trap()))
        """,
    ),
    Answer(
        "answers with objects that run code",
        """
        class Trap:
            def __reduce__(self):
                return os.system, ("echo REACHED > " + PRECIOUS + "/touched",)
        file = io.BytesIO()
        numpy.save(file, numpy.array([Trap()] * len(inputs), dtype=object), allow_pickle=True)
        send(file.getvalue())
        """,
    ),
    Answer(
        "answers with an archive of objects",
        """
        class Trap:
            def __reduce__(self):
                return os.system, ("echo REACHED > " + PRECIOUS + "/touched",)
        file = io.BytesIO()
        numpy.savez(file, arr_0=numpy.array([Trap()], dtype=object))
        send(file.getvalue())
        """,
    ),
    _raw("names a shape that is not there", "send(header((10**12,)) + bytes(80))"),
    _raw("names a shape below zero", "send(header((-1,)) + bytes(8 * len(inputs) * 3))"),
    _raw("names more axes than there are", "send(header((1,) * 200) + bytes(8))"),
    _raw("names an item of a gigabyte", "send(header((len(inputs),), '|S1000000000') + bytes(80))"),
    _raw(
        "nests the header too deeply",
        "send(header('(' * 3000 + ')' * 3000) + bytes(80))",
    ),
    _raw(
        "sends a header of forty megabytes",
        """
raw = b" " * (3 << 20)
send(b"\\x93NUMPY\\x02\\x00" + len(raw).to_bytes(4, "little") + raw)
""",
    ),
    _raw("cuts its answers off", "send(header((len(inputs),)) + bytes(8))"),
    Answer("answers what is no number", "return numpy.full(len(inputs), numpy.nan)"),
    Answer("answers the infinite", "return numpy.full((len(inputs), 2), numpy.inf)"),
    Answer("answers nothing at all", "return numpy.zeros((0, 1))"),
    Answer("answers once for all", "return numpy.array(numpy.nan)"),
    Answer("answers every label at once", "return numpy.zeros((2, len(inputs))) * numpy.nan"),
    Answer("answers with texts", "return numpy.full(len(inputs), 'nan', dtype='U3').astype('S3')"),
    Answer("answers far too much", "return numpy.zeros((400_000_000,), dtype='u1')"),
    Answer(
        "answers by what compares equal to all",
        """
        class Right(numpy.ndarray):
            def __sub__(self, other): return numpy.zeros(len(other))
            def __rsub__(self, other): return numpy.zeros(len(other))
            __eq__ = lambda self, other: numpy.ones(len(other), bool)
        return numpy.full(len(inputs), 0).view(Right)
        """,
    ),
    Answer(
        "puts itself in the grader's place",
        """
        numpy.mean = lambda *values, **options: 0.0
        numpy.abs = lambda values: values
        return numpy.zeros(len(inputs))
        """,
    ),
    Answer(
        "reads the truth from the grader's memory",
        """
        import gc
        for each in gc.get_objects():
            if isinstance(each, dict) and "truth" in each and hasattr(each["truth"], "shape"):
                return each["truth"]
        return numpy.zeros(len(inputs))
        """,
    ),
)
