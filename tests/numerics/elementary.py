"""Writes elementary.json: values of the elementary and special functions in float64, to thousandths of a unit in the last place, computed by
mpmath with 800 binary digits more than the exponents of float64 have.

By function: the arguments `x` (and `b` of two), the nearest float64 `y` of the value, and what is left, `rest`, in thousandths of y's last place.
Arguments are any patterns of bits, numbers of moderate size, and those at which formulas change; results are normal numbers.
"""
import json
import math
import random
import struct
from pathlib import Path

from mpmath import mp, mpf

mp.prec = 2000
draw = random.Random(13)
LARGEST, SMALLEST = mpf(2) ** 1024 - mpf(2) ** 970, mpf(2) ** -1022


def bits():
    while True:
        x = struct.unpack("d", struct.pack("Q", draw.getrandbits(64)))[0]
        if math.isfinite(x):
            return x


def moderate(low, high):
    """Of sizes 2^low to 2^high, all alike."""
    return math.ldexp(1 + draw.random(), draw.randrange(low, high)) * draw.choice([1, -1])



marks = [s * v for v in [0.5, 1, 2, 3, math.pi / 2, math.pi, 10, 22.25, 0.41421, 0.84375, 1.25, 5e-324, 1e-310] for s in (1, -1)]
marks += [1 - 2**-53, 1 + 2**-52, -1 + 2**-53, 2**0.5, 0.5**0.5, 1 + 2**-20, 1 - 2**-20]
table = {}


def value(f, args):
    """What the function is there, if that is a normal number."""
    try:
        v = f(*[mpf(a) for a in args])
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    if not isinstance(v, mpf) or not SMALLEST <= abs(v) <= LARGEST:
        return None
    return v


def fill(name, f, candidates, count):
    columns, y, rest = [], [], []
    for args in candidates:
        v = value(f, args)
        if v is None or args in columns:
            continue
        nearest = float(v)
        columns.append(args)
        y.append(nearest)
        rest.append(int(mp.nint((v - mpf(nearest)) / mpf(math.ulp(nearest)) * 1000)))
        if len(y) == count:
            break
    arguments = dict(zip(["x", "b"], map(list, zip(*columns))))
    table[name] = {**arguments, "y": y, "rest": rest}


def unary(name, f, low=-40, high=8, ends=()):
    def candidates():
        for x in [*ends, *marks]:
            yield (x,)
        for i in range(400):
            yield (bits() if i % 4 == 0 else moderate(low, high),)

    fill(name, f, candidates(), 64)


def binary(name, f, low=-8, high=8):
    def candidates():
        for a in marks[:14:3]:
            for b in marks[1:14:3]:
                yield (a, b)
        for i in range(600):
            a = bits() if i % 8 == 0 else moderate(low, high)
            yield (a, bits() if i % 8 < 2 else a * (1 + moderate(-50, -1)) if i % 8 == 2 else moderate(low, high))

    fill(name, f, candidates(), 96)


sigmoid = lambda x: 1 / (1 + mp.exp(-x))
softplus = lambda x: mp.log1p(mp.exp(x)) if x < 1000 else x + mp.exp(-x)
bounded = lambda f, limit=800: lambda x: f(x) if abs(x) < limit else None
positive = lambda f: lambda x: f(x) if x > 0 else None
within = lambda f: lambda x: f(x) if abs(x) < 1 else None

unary("exp", bounded(mp.exp), -55, 10, [709.5, -708, 88.7])
unary("expm1", bounded(mp.expm1), -55, 9, [709.5, 0.34, 0.35, -0.35])
unary("exp2", bounded(lambda x: mpf(2) ** x, 1100), -55, 10, [1023.5, -1021.75, 0.25, 52.5])
unary("log", positive(mp.log), -20, 20)
unary("log1p", lambda x: mp.log1p(x) if x > -1 else None, -55, 20, [-0.3, 0.42])
unary("log2", positive(lambda x: mp.log(x) / mp.log(2)), -20, 20)
unary("log10", positive(lambda x: mp.log(x) / mp.log(10)), -20, 20)
unary("sqrt", positive(mp.sqrt))
unary("rsqrt", positive(lambda x: 1 / mp.sqrt(x)))
unary("cbrt", lambda x: mp.sign(x) * mp.cbrt(abs(x)))
unary("sin", mp.sin, -30, 40, [6381956970095103 * 2.0**797])
unary("cos", mp.cos, -30, 40, [6381956970095103 * 2.0**797])
unary("tan", mp.tan, -30, 40, [6381956970095103 * 2.0**797])
unary("asin", within(mp.asin), -30, 0)
unary("acos", within(mp.acos), -30, 0)
unary("atan", mp.atan, -30, 20)
unary("sinh", bounded(mp.sinh), -30, 10)
unary("cosh", bounded(mp.cosh), -30, 10)
unary("tanh", mp.tanh, -30, 6)
unary("asinh", mp.asinh, -30, 70)
unary("acosh", lambda x: mp.acosh(x) if x > 1 else None, 0, 70)
unary("atanh", within(mp.atanh), -30, 0)
unary("sigmoid", bounded(sigmoid, 708), -20, 9)
unary("logit", lambda x: mp.log(x / (1 - x)) if 0 < x < 1 else None, -30, 0, [0.2501, 0.2499, 0.75, 0.49])
unary("softplus", bounded(softplus, 708), -20, 9)
unary("logSigmoid", bounded(lambda x: -softplus(-x), 708), -20, 9)
unary("erf", mp.erf, -30, 3)
unary("erfc", bounded(mp.erfc, 28), -20, 5, [26.5])
unary("sinc", lambda x: mp.sinc(mp.pi * x), -20, 20, [1.0000001, 99.9999, 1e9 + 0.25])
unary("silu", bounded(lambda x: x * sigmoid(x), 708), -20, 9)
unary("mish", bounded(lambda x: x * mp.tanh(softplus(x)), 708), -20, 9)
unary("gelu", bounded(lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2, 37), -20, 6)
unary("elu", lambda x: x if x > 0 else mp.expm1(max(x, -1000)), -30, 6)
unary("softsign", lambda x: x / (1 + abs(x)))
unary("isru", lambda x: x / mp.sqrt(1 + x * x))
unary("tanhshrink", lambda x: x - mp.tanh(x), -30, 6)
binary("pow", lambda a, b: a**b if (a > 0 or b == mp.floor(b)) and abs(b * mp.log(abs(a))) < 800 else None)
binary("hypot", lambda a, b: mp.sqrt(a * a + b * b), -30, 30)
binary("atan2", mp.atan2, -30, 30)
binary("logaddexp", lambda a, b: max(a, b) + mp.log1p(mp.exp(-abs(a - b))) if abs(a - b) < 2000 else max(a, b))
binary("logaddexp2", lambda a, b: max(a, b) + mp.log1p(mpf(2) ** -abs(a - b)) / mp.log(2) if abs(a - b) < 2000 else max(a, b))

rows = [f"{json.dumps(name)}: {json.dumps(columns)}" for name, columns in table.items()]
Path(__file__).with_name("elementary.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")
print({name: len(columns["y"]) for name, columns in table.items()})
