"""Writes pytorch.json: what PyTorch gives for layers and functions that the shared fixtures do not hold.

Inputs and weights are the irregular numbers of irregular.ts, so that the file holds results only:
x[i] = 3 (frac((i + 1) φ) − ½) in float64; the weights of a module take up where those before end, in the order of the
state dict.
"""
import json
import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
PHI = (1 + 5**0.5) / 2


def irregular(*shape, start=0, scale=1.0):
    size = torch.Size(shape).numel()
    values = [(((i + 1 + start) * PHI) % 1 - 0.5) * 3 * scale for i in range(size)]
    return torch.tensor(values).reshape(shape)


def fill(module, scale=0.5):
    start = 0
    with torch.no_grad():
        for value in module.state_dict().values():
            value.copy_(irregular(*value.shape, start=start, scale=scale))
            start += value.numel()
    return module.eval()


def record(y):
    return {"shape": list(y.shape), "data": [float(f"{v:.12g}") for v in y.detach().flatten().tolist()]}


cases = {}


def case(name, f, *inputs):
    inputs = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
    y = f(*inputs)
    g = irregular(*y.shape, start=100)
    (y * g).sum().backward()
    cases[name] = {"y": record(y), "grads": [record(x.grad) for x in inputs if x.requires_grad]}


image, line, volume = irregular(1, 2, 4, 3), irregular(1, 2, 5), irregular(1, 1, 2, 3, 2)
for align in (False, True):
    for size in ([6, 5], [2, 2], [4, 7], [1, 1]):
        case(f"bicubic to {size}, alignCorners {align}".lower(),
             lambda x: F.interpolate(x, size=size, mode="bicubic", align_corners=align), image)
    case(f"bicubic by 1.7, alignCorners {align}".lower(),
         lambda x: F.interpolate(x, scale_factor=1.7, mode="bicubic", align_corners=align), image)
    case(f"linear by 1.7, alignCorners {align}".lower(),
         lambda x: F.interpolate(x, scale_factor=1.7, mode="linear", align_corners=align), line)
    case(f"trilinear by 1.5, alignCorners {align}".lower(),
         lambda x: F.interpolate(x, scale_factor=1.5, mode="trilinear", align_corners=align), volume)
case("nearest by 1.7", lambda x: F.interpolate(x, scale_factor=1.7, mode="nearest"), line)
case("nearest by 0.7", lambda x: F.interpolate(x, scale_factor=0.7, mode="nearest"), line)
# (Where no axis changes, PyTorch's value and gradient are of different functions for sequences by "nearest", and for "bicubic".)
for mode in ("nearest", "bilinear", "bicubic"):  # by 1.3 only one of the axes changes, by 1.1 none
    for factor in (1.3, 1.1)[: 1 + (mode != "bicubic")]:
        case(f"{mode} of images by {factor}", lambda x: F.interpolate(x, scale_factor=factor, mode=mode), image)
case("linear by 1.1", lambda x: F.interpolate(x, scale_factor=1.1, mode="linear"), line)

words, table = torch.tensor([3, 1, 1, 0, 2, 3, 4]), irregular(5, 3)
offsets = torch.tensor([0, 2, 2, 6])
for mode in ("sum", "mean", "max"):
    for padding in (None, 1):
        case(f"bags, {mode}, padding {padding}".lower(),
             lambda w: F.embedding_bag(words, w, offsets, mode=mode, padding_idx=padding), table)
ends = torch.tensor([0, 2, 2, 7])
case("bags with their end", lambda w: F.embedding_bag(words, w, ends, mode="mean", include_last_offset=True), table)
case("bags with factors", lambda w, s: F.embedding_bag(words, w, offsets, mode="sum", per_sample_weights=s, padding_idx=-2),
     table, irregular(7))
case("rows with factors", lambda w, s: F.embedding_bag(words[:6].reshape(2, 3), w, mode="sum", per_sample_weights=s),
     table, irregular(2, 3))


def renormed(norm_type):
    def f(w):
        clone = w.detach().clone()
        leaf = clone.requires_grad_()
        y = F.embedding(words[:3], leaf, max_norm=1.0, norm_type=norm_type)
        f.table = clone.detach()
        g = torch.autograd.grad((y * irregular(*y.shape, start=100)).sum(), leaf)[0]
        return y.detach() + (w * 0).sum(), g
    return f


for norm_type in (2.0, 1.0):
    f = renormed(norm_type)
    y, g = f(table)
    cases[f"embedding with maxNorm, normType {norm_type:g}".lower()] = {
        "y": record(y), "table": record(f.table), "grads": [record(g)]}

case("pairwise distance", F.pairwise_distance, irregular(3, 4), irregular(3, 4, start=40))
case("pairwise distance, p 1, keepdims", lambda a, b: F.pairwise_distance(a, b, p=1.0, keepdim=True),
     irregular(3, 4), irregular(3, 4, start=40))
case("channel shuffle", lambda x: nn.functional.channel_shuffle(x, 3), irregular(2, 6, 2))

scores, labels = irregular(3, 4), torch.tensor([2, 0, 3])
for reduction in ("mean", "sum", "none"):
    case(f"multi margin, {reduction}", lambda x: F.multi_margin_loss(x, labels, reduction=reduction), scores)
case("multi margin, p 2, margin and weight",
     lambda x: F.multi_margin_loss(x, labels, p=2, margin=0.7, weight=torch.tensor([0.5, 1.0, 2.0, 1.5])), scores)
several = torch.tensor([[2, 0, -1, 1], [3, -1, -1, -1], [0, 1, 2, 3]])
for reduction in ("mean", "sum", "none"):
    case(f"multilabel margin, {reduction}", lambda x: F.multilabel_margin_loss(x, several, reduction=reduction), scores)
tags = torch.tensor([[1.0, 0, 0, 1], [0, 0, 0, 0], [1, 1, 0, 1]])
for reduction in ("mean", "none"):
    case(f"multilabel soft margin, {reduction}",
         lambda x: F.multilabel_soft_margin_loss(x, tags, reduction=reduction,
                                                 weight=torch.tensor([0.5, 1.0, 2.0, 1.5])), scores)

mask = torch.triu(torch.ones(3, 4, dtype=torch.bool), 2)
padding = torch.tensor([[False, False, False, True], [False, False, False, False]])
for bias_kv, zero in ((True, False), (False, True), (True, True)):
    attention = fill(nn.MultiheadAttention(4, 2, batch_first=True, add_bias_kv=bias_kv, add_zero_attn=zero))
    q, k = irregular(2, 3, 4), irregular(2, 4, 4, start=40)
    name = f"attention, addBiasKv {bias_kv}, addZeroAttn {zero}".lower()
    case(name, lambda q, k: attention(q, k, k, attn_mask=mask, key_padding_mask=padding)[0], q, k)
    cases[name]["weights"] = record(attention(q, k, k, attn_mask=mask, key_padding_mask=padding)[1])

options = dict(dim_feedforward=6, dropout=0.0, batch_first=True)
for norm_first in (False, True):
    layer = nn.TransformerEncoderLayer(4, 2, norm_first=norm_first, **options)
    encoder = fill(nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(4), enable_nested_tensor=False))
    causal = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)
    case(f"encoder, normFirst {norm_first}".lower(), lambda x: encoder(x, mask=causal), irregular(2, 3, 4))
    decoder = fill(nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, norm_first=norm_first, **options), 2))
    case(f"decoder, normFirst {norm_first}".lower(),
         lambda x, m: decoder(x, m, tgt_mask=causal, memory_key_padding_mask=padding),
         irregular(2, 3, 4), irregular(2, 4, 4, start=40))
whole = fill(nn.Transformer(4, 2, 1, 2, activation="gelu", **options))
case("transformer", lambda s, t: whole(s, t, tgt_mask=causal, src_key_padding_mask=padding,
                                       memory_key_padding_mask=padding),
     irregular(2, 4, 4, start=40), irregular(2, 3, 4))
cases["transformer"]["keys"] = list(whole.state_dict())

with open(__file__.replace(".py", ".json"), "w") as file:
    json.dump({"torch": torch.__version__, "cases": cases}, file, indent=None, separators=(",", ":"))
    file.write("\n")
