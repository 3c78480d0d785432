"""Writes oracle.json: what NumPy gives for every dtype, and PyTorch for bfloat16, which NumPy does not have.

Numbers are texts, because JSON's are float64 and would round integers of 64 bits. Afterwards: npx biome check --write oracle.json
"""
import json
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore")

INTEGERS = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
FLOATS = ["float16", "bfloat16", "float32", "float64"]
DTYPES = ["bool", *INTEGERS, *FLOATS]


def operands(dtype):
    if dtype == "bool":
        return [1, 0, 1, 0], [1, 1, 0, 0]
    if dtype in FLOATS:
        return [1.5, -2.25, 0.1, 1000, -0.0, float("inf"), float("nan"), 3], [2, 0.5, -0.3, 0.001, 5, -1, 2, -7]
    info = np.iinfo(dtype)
    odd = 2**53 + 1 if info.max > 2**53 else 101
    if info.min < 0:
        return [info.max, info.min, -1, 0, 1, 7, -7, odd, info.min], [1, -1, 3, 0, -2, 2, 3, -100, 3]
    return [info.max, 0, 1, 7, 200, info.max - 1, 2, odd], [1, 1, 3, 0, 100, 2, 5, 7]


def make(values, dtype):
    return torch.tensor(values, dtype=torch.bfloat16) if dtype == "bfloat16" else np.array(values, dtype)


def texts(x):
    if isinstance(x, torch.Tensor):
        x = x.to(torch.float64).numpy() if x.is_floating_point() else x.numpy()
    flat = np.atleast_1d(x).ravel()
    return [repr(float(v)) if flat.dtype.kind == "f" else str(int(v)) for v in flat]


def record(x):
    name = str(x.dtype).replace("torch.", "")
    return {"dtype": name, "values": texts(x)}


BINARY = {
    "add": lambda a, b, m: a + b,
    "sub": lambda a, b, m: a - b,
    "mul": lambda a, b, m: a * b,
    "maximum": lambda a, b, m: m.maximum(a, b),
    "minimum": lambda a, b, m: m.minimum(a, b),
    "less": lambda a, b, m: a < b,
    "lessEqual": lambda a, b, m: a <= b,
    "equal": lambda a, b, m: a == b,
    "notEqual": lambda a, b, m: a != b,
}
OF_INTEGERS = {
    "floorDivide": lambda a, b, m: a // b,
    "remainder": lambda a, b, m: m.remainder(a, b),
    "fmod": lambda a, b, m: m.fmod(a, b),
    "bitwiseAnd": lambda a, b, m: a & b,
    "bitwiseOr": lambda a, b, m: a | b,
    "bitwiseXor": lambda a, b, m: a ^ b,
}
UNARY = {
    "neg": lambda a, m: -a,
    "abs": lambda a, m: m.abs(a),
    "sign": lambda a, m: m.sign(a),
    "square": lambda a, m: a * a,
}
REDUCTIONS = {
    "max": lambda a, m: m.max(a) if m is np else a.max(),
    "min": lambda a, m: m.min(a) if m is np else a.min(),
    "argmax": lambda a, m: m.argmax(a),
    "argmin": lambda a, m: m.argmin(a),
}


def wide_dtype(dtype, count, product=False):
    """What sums and products of so many are taken in: see sumDType and productDType."""
    if dtype in FLOATS or dtype in ("int64", "uint64"):
        return dtype
    low, high = (0, 1) if dtype == "bool" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    most = max(-low, high) ** count
    low, high = (-most if low < 0 else 0, most) if product else (count * low, count * high)
    return "int32" if dtype != "uint32" and low >= -(2**31) and high < 2**31 else "int64"


def table(dtype):
    m = torch if dtype == "bfloat16" else np
    a, b = (make(v, dtype) for v in operands(dtype))
    found = {"a": texts(a), "b": texts(b), "results": {}}
    results = found["results"]
    if dtype != "bool":
        for name, f in BINARY.items():
            results[name] = record(f(a, b, m))
        for name, f in UNARY.items():
            if name != "sign" or dtype in INTEGERS:  # of floats −0 and NaN stay what they are here
                results[name] = record(f(a, m))
    if dtype in INTEGERS:
        for name, f in OF_INTEGERS.items():
            results[name] = record(f(a, b, m))
        results["bitwiseNot"] = record(~a)
        results["shiftLeft3"] = record(a << np.array(3, dtype))
        results["shiftRight3"] = record(a >> np.array(3, dtype))
        results["power3"] = record(a ** np.array(3, dtype))
    finite = a[:4] if dtype in FLOATS else a
    for name, f in REDUCTIONS.items():
        results[name] = record(f(finite, m)) if name in ("max", "min") else {"dtype": "int32", "values": texts(f(finite, m))}
    wide = finite.astype(wide_dtype(dtype, len(finite))) if m is np else finite
    results["sum"] = record(m.sum(wide, dtype=wide.dtype))
    if dtype not in FLOATS:  # whose order of multiplications is open
        results["prod"] = record(np.prod(finite, dtype=wide_dtype(dtype, len(finite), product=True)))
    results["cumsum"] = record(m.cumsum(wide, dtype=wide.dtype, **({"axis": 0} if m is np else {"dim": 0})))
    results["sort"] = record(np.sort(a)) if m is np else record(torch.sort(a).values)
    found["bytes"] = (a.view(torch.int16).numpy() if m is torch else a).tobytes().hex()
    if m is np:
        found["text"] = str(a)
        found["scalars"] = [str(v) for v in a]
    return found


def cast(values, of, to):
    """From and to one of bool, integers and floats; halves by way of float64 and rounded once."""
    x = make(values, of)
    if of == "bfloat16":
        x = x.to(torch.float64).numpy()
    if to != "bfloat16":
        return record(x.astype(to))
    return {"dtype": "bfloat16", "values": [repr(bfloat16(v)) for v in x.tolist()]}


def bfloat16(v):
    """The nearest multiple of the step, ties to even, of an exact number."""
    from fractions import Fraction
    v = float(v) if isinstance(v, float) else v
    if isinstance(v, float) and (v != v or v in (float("inf"), float("-inf")) or v == 0):
        return v
    exact = abs(Fraction(v))
    if exact == 0:
        return 0.0
    power = max(-126, exact.numerator.bit_length() - exact.denominator.bit_length())
    while Fraction(2) ** power > exact and power > -126:
        power -= 1
    while Fraction(2) ** (power + 1) <= exact:
        power += 1
    step = Fraction(2) ** (power - 7)
    rounded = round(exact / step) * step  # Python rounds halves to even
    size = float("inf") if rounded >= Fraction(2) ** 128 else float(rounded)
    return -size if v < 0 else size


def casts():
    rows = []
    for of in DTYPES:
        for to in DTYPES:
            values = [1, 0] if of == "bool" else operands(of)[0]
            if of in FLOATS and to not in FLOATS and to != "bool":
                values = [1.5, 0.1, 100.9, 3.99, 0] + ([] if to.startswith("u") else [-2.25, -0.5])
            if of in FLOATS and to in FLOATS:
                # ties, subnormal numbers, overflow: what is not in the first format is rounded before
                values = values + [65519.99, 65520, 65504, 2.0**-24, 2.0**-25, 3 * 2.0**-26, 2.0**-14 - 2.0**-26, 1 + 2.0**-11, 1 + 2.0**-11 + 2.0**-40, 1 + 3 * 2.0**-11, 1 + 2.0**-8, 1 + 2.0**-8 + 2.0**-40, 3.39e38, 3.4e38, 1e-40, 2049, 2051, -2049]
            rows.append({"from": of, "to": to, "values": texts(make(values, of)), "result": cast(values, of, to)["values"]})
    big = [2**62 + 2**54 + 1, 2**53 + 1, 2**24 + 1, 2**60 + 2**36 + 1, 2**60 + 3 * 2**36, -(2**62) - 2**54 - 1]
    for to in ["float32", "float64", "bfloat16", "int32", "uint16", "int8", "uint64"]:
        rows.append({"from": "int64", "to": to, "values": texts(make(big, "int64")), "result": cast(big, "int64", to)["values"]})
    return rows


def promotions():
    names = [d for d in DTYPES if d not in FLOATS]
    return {a: {b: str(np.promote_types(a, b)) for b in names} for a in names}


with open("oracle.json", "w") as file:
    json.dump({"tables": {d: table(d) for d in DTYPES}, "casts": casts(), "promotions": promotions()}, file)
