"""Writes precision.json: functions near zero, where they saturate, and where squares or exponentials leave the range of a
dtype, computed with 60 digits by mpmath from the exact value of the arguments.

A row is {"fn", "options"?, "args", "y", "dtypes"}: each argument is a list of float64 numbers that are exact in every dtype of the row;
`y` is a list, rounded to float64.
"""
import json
import struct
from pathlib import Path

from mpmath import mp, mpf

mp.dps = 60
LARGEST = {"float32": mpf(2) ** 128 - mpf(2) ** 103, "float64": mpf(2) ** 1024 - mpf(2) ** 970}
SMALLEST = {"float32": mpf(2) ** -126, "float64": mpf(2) ** -1022}  # of normal numbers

rows = []


def rounded(x, dtype):
    return struct.unpack("f", struct.pack("f", x))[0] if dtype == "float32" else x


def row(fn, f, *args, **options):
    """One row for float32 and float64 if all is within float32's range, else one for float64."""
    for dtypes in (["float32", "float64"], ["float64"]):
        try:
            given = [[rounded(x, dtypes[0]) for x in arg] for arg in args]
        except OverflowError:
            continue
        y = f(*[[mpf(x) for x in arg] for arg in given])
        numbers = [mpf(x) for arg in given for x in arg] + y
        if all(v == 0 or SMALLEST[dtypes[0]] <= abs(v) <= LARGEST[dtypes[0]] for v in numbers):
            rows.append({"fn": fn, **({"options": options} if options else {}), "args": given, "y": [float(v) for v in y], "dtypes": dtypes})
            return
    raise ValueError(f"{fn} of {args} leaves float64")


def each(fn, f, points, **options):
    for x in points:
        row(fn, lambda arg: [f(arg[0])], [x], **options)


def both(points):
    return [sign * x for x in points for sign in (1, -1)]


sigmoid = lambda x: 1 / (1 + mp.exp(-x))
softplus = lambda x: mp.log1p(mp.exp(x))
normal_cdf = lambda x: mp.erfc(-x / mp.sqrt(2)) / 2
tiny = both([1e-35, 1e-20, 1e-8, 1e-4, 0.01])

each("tanh", mp.tanh, tiny + both([0.3, 0.5, 0.6, 1, 3, 8, 9, 15, 19, 30]) + [1e-300])
each("expm1", mp.expm1, tiny + both([0.1, 0.3, 0.5, 1, 3, 40, 80]) + [1e-300, 700])
each("log1p", mp.log1p, tiny + both([0.1, 0.25, 0.4, 0.5, 0.999]) + [1, 3, 1e10, 1e30, 1e300, 1e-300])
each("sin", mp.sin, tiny + both([0.5, 1, 3]))
each("tan", mp.tan, tiny + both([0.5, 1, 1.5]))
each("asin", mp.asin, tiny + both([0.4, 0.5, 0.9, 0.999]))
each("atan", mp.atan, tiny + both([0.4, 1, 30, 1e10]))
each("sinh", mp.sinh, tiny + both([0.3, 1, 3, 30, 88]) + [700])
each("asinh", mp.asinh, tiny + both([0.3, 1, 3, 1e10, 1e30]) + [1e300, -1e300])
each("acosh", mp.acosh, [1.0000001, 1.001, 1.5, 10, 1e10, 1e30, 1e300])
each("atanh", mp.atanh, tiny + both([0.3, 0.5, 0.9, 0.999]))
each("log", mp.log, [1 + 2**-20, 1 - 2**-20, 1.001, 0.999, 1e-30, 1e30])
each("log2", lambda x: mp.log(x, 2), [1 + 2**-20, 1 - 2**-20, 1.001, 1e-30])
each("erf", mp.erf, tiny + both([0.3, 0.8, 1, 2, 3, 4, 6]) + [1e-300])
each("erfc", mp.erfc, [-6, -1, -1e-8, 1e-8, 0.3, 0.5, 1, 2, 3, 5, 8, 9, 20, 26])
each("sigmoid", sigmoid, [-700, -80, -30, -9, -1, -1e-8, 0, 1e-8, 1, 9, 30])
each("logit", lambda x: mp.log(x / (1 - x)), [1e-30, 1e-10, 1e-4, 0.3, 0.4999, 0.500001, 0.7, 0.9999])
each("softplus", softplus, [-700, -80, -30, -9, -1, -1e-8, 0, 1e-8, 1, 9, 15, 30, 80])
each("logSigmoid", lambda x: -softplus(-x), [-80, -30, -9, -1, 0, 1, 9, 30, 80, 700])
each("silu", lambda x: x * sigmoid(x), tiny + [-80, -30, -9, -1, 1, 9, 30])
each("gelu", lambda x: x * normal_cdf(x), tiny + [-12, -9, -5, -3, -1, 1, 3, 9])
each("mish", lambda x: x * mp.tanh(softplus(x)), tiny + [-80, -30, -9, -1, 1, 9, 30])
each("elu", lambda x: x if x > 0 else mp.expm1(x), tiny + [-30, -1])
each("celu", lambda x: x if x > 0 else 2 * mp.expm1(x / 2), tiny + [-30, -1], alpha=2)
each("isru", lambda x: x / mp.sqrt(1 + x * x), tiny + both([1, 1e10, 1e25, 1e200]))
each("softsign", lambda x: x / (1 + abs(x)), tiny + both([1e30]))

two = lambda f: lambda a, b: [f(a[0], b[0])]
for a, b in [(-1000, -1000.5), (1000, 999), (0, -80), (-80, -80), (50, -50), (-700, -700.25), (0.25, 0.25)]:
    row("logaddexp", two(lambda p, q: mp.log(mp.exp(p) + mp.exp(q))), [a], [b])
for a, b in [(3e-30, 4e-30), (3e30, 4e30), (3e-200, 4e-200), (3e200, -4e200), (1e-30, 1), (1, 1e30)]:
    row("hypot", two(lambda p, q: mp.sqrt(p * p + q * q)), [a], [b])

logsumexp = lambda x: mp.log(mp.fsum(mp.exp(v) for v in x))
for x in [[1000, 1000.5, 999], [-1000, -1001, -5000], [88, 89, 88.5], [0, 0, 0], [-80, -81, -79], [0, -80, 50]]:
    row("logsumexp", lambda v: [logsumexp(v)], x)
    row("logSoftmax", lambda v: [u - logsumexp(v) for u in v], [u / 10 for u in x])
    row("softmax", lambda v: [mp.exp(u - logsumexp(v)) for u in v], [1000 + u / 50 for u in x])
row("softmax", lambda v: [mp.exp(u - logsumexp(v)) for u in v], [0, -30, -60, -80])

for scale in [1e-30, 1e-20, 1e20, 1e30, 1e-200, 1e200]:
    x = [3 * scale, -4 * scale, 12 * scale]
    row("norm", lambda v: [mp.sqrt(mp.fsum(u * u for u in v))], x)
    row("norm", lambda v: [mp.cbrt(mp.fsum(abs(u) ** 3 for u in v))], x, ord=3)


def variance(v, ddof=0):
    mean = mp.fsum(v) / len(v)
    return mp.fsum((u - mean) ** 2 for u in v) / (len(v) - ddof)


GOLDEN = (1 + 5**0.5) / 2
noise = lambda n, scale: [scale * (((i + 1) * GOLDEN) % 1 - 0.5) for i in range(n)]
for base, scale, n in [(1024, 1, 64), (1024, 0.01, 300), (-1024, 1, 1000), (0, 1e-12, 64), (0, 1e12, 64)]:
    x = [base + u for u in noise(n, scale)]
    row("variance", lambda v: [variance(v)], x)
    row("std", lambda v: [mp.sqrt(variance(v, 1))], x, ddof=1)

Path(__file__).with_name("precision.json").write_text("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]\n")
print(len(rows), "rows")
