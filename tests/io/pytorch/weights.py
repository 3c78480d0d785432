"""Weights between PyTorch and Gradus, layer family by layer family.

    python3 weights.py write FOLDER    PyTorch's weights, and what it computes with them
    python3 weights.py check FOLDER    Gradus' weights load here strictly and give the same outputs

In a folder lie FAMILY.safetensors, the state dict of a model, and examples.safetensors with the tensors FAMILY/input0, FAMILY/output0, ...
of all of them. The families and their sizes are those of families.ts. A family that this PyTorch does not have is left
out. Nothing beside torch is needed: the format is a header in JSON and bytes.
"""
import json
import struct
import sys
from pathlib import Path

import torch
from torch import nn

DTYPES = {"F64": torch.float64, "F32": torch.float32, "I64": torch.int64, "I32": torch.int32, "U8": torch.uint8, "BOOL": torch.bool}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def save_file(tensors, path):
    header, parts, end = {}, [], 0
    for name, x in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        part = bytes(x.contiguous().reshape(-1).view(torch.uint8).tolist()) if x.numel() else b""
        header[name] = {"dtype": NAMES[x.dtype], "shape": list(x.shape), "data_offsets": [end, end + len(part)]}
        parts.append(part)
        end += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def load_file(path):
    data = Path(path).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)

    def tensor(dtype, shape, data_offsets):
        begin, end = data_offsets
        part = bytearray(data[8 + size + begin : 8 + size + end])
        return torch.frombuffer(part, dtype=DTYPES[dtype]).reshape(shape) if part else torch.zeros(shape, dtype=DTYPES[dtype])

    return {name: tensor(**entry) for name, entry in header.items()}


class Nested(nn.Module):
    """Containers in containers, and a parameter of its own."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.randn(3))
        self.body = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)))
        self.heads = nn.ModuleList([nn.Linear(3, 2), nn.Linear(3, 1, bias=False)])
        self.by_name = nn.ModuleDict({"first": nn.Linear(2, 2), "second": nn.PReLU()})

    def forward(self, x):
        h = self.body(x) * self.scale
        return self.by_name["second"](self.by_name["first"](self.heads[0](h))), self.heads[1](h)


def of(*shape):
    return lambda: torch.randn(shape)


def words(count, *shape):
    return lambda: torch.randint(count, shape)


attention = {"batch_first": True}
transformer = {"dim_feedforward": 6, "batch_first": True}

FAMILIES = {
    "linear": (lambda: nn.Linear(3, 2), of(4, 3)),
    "linear-without-bias": (lambda: nn.Linear(3, 2, bias=False), of(4, 3)),
    "bilinear": (lambda: nn.Bilinear(2, 3, 2), of(4, 2), of(4, 3)),
    "conv1d": (lambda: nn.Conv1d(2, 4, 3, stride=2, padding=1, groups=2), of(2, 2, 7)),
    "conv2d": (lambda: nn.Conv2d(2, 3, (3, 2), padding=(1, 0), dilation=(1, 2)), of(1, 2, 5, 4)),
    "conv2d-circular": (lambda: nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular", bias=False), of(1, 1, 4, 3)),
    "conv3d": (lambda: nn.Conv3d(1, 2, (2, 1, 2), stride=(1, 2, 1)), of(1, 1, 3, 3, 2)),
    "conv-transpose1d": (lambda: nn.ConvTranspose1d(2, 4, 3, stride=2, output_padding=1, groups=2), of(1, 2, 4)),
    "conv-transpose2d": (lambda: nn.ConvTranspose2d(2, 3, (2, 3), stride=2, padding=1), of(1, 2, 3, 3)),
    "conv-transpose3d": (lambda: nn.ConvTranspose3d(1, 2, 2, dilation=2), of(1, 1, 2, 1, 2)),
    "batch-norm1d": (lambda: nn.BatchNorm1d(3), of(4, 3)),
    "batch-norm2d": (lambda: nn.BatchNorm2d(2, momentum=None), of(3, 2, 2, 3)),
    "batch-norm3d": (lambda: nn.BatchNorm3d(2, affine=False), of(2, 2, 2, 1, 2)),
    "batch-norm-without-statistics": (lambda: nn.BatchNorm1d(3, track_running_stats=False), of(4, 3)),
    "layer-norm": (lambda: nn.LayerNorm((2, 3)), of(4, 2, 3)),
    "layer-norm-without-bias": (lambda: nn.LayerNorm(3, bias=False), of(4, 3)),
    "rms-norm": (lambda: nn.RMSNorm(3, eps=1e-5), of(4, 3)),
    "group-norm": (lambda: nn.GroupNorm(2, 4), of(2, 4, 3)),
    "instance-norm1d": (lambda: nn.InstanceNorm1d(2, affine=True, track_running_stats=True), of(3, 2, 4)),
    "instance-norm2d": (lambda: nn.InstanceNorm2d(2, affine=True), of(2, 2, 3, 2)),
    "instance-norm3d": (lambda: nn.InstanceNorm3d(2, track_running_stats=True), of(2, 2, 2, 2, 2)),
    "embedding": (lambda: nn.Embedding(5, 3, padding_idx=1), words(5, 2, 4)),
    "embedding-bag": (lambda: nn.EmbeddingBag(5, 3, mode="mean"), words(5, 2, 4)),
    "prelu": (lambda: nn.PReLU(3), of(4, 3)),
    "rnn": (lambda: nn.RNN(2, 3, 2, nonlinearity="relu"), of(4, 2, 2)),
    "lstm": (lambda: nn.LSTM(2, 3, 2, bidirectional=True, batch_first=True), of(2, 4, 2)),
    "lstm-without-bias": (lambda: nn.LSTM(2, 3, bias=False), of(4, 2, 2)),
    "gru": (lambda: nn.GRU(2, 3, 2, bidirectional=True), of(4, 2, 2)),
    "rnn-cell": (lambda: nn.RNNCell(2, 3), of(4, 2), of(4, 3)),
    "lstm-cell": (lambda: nn.LSTMCell(2, 3), of(4, 2)),
    "gru-cell": (lambda: nn.GRUCell(2, 3), of(4, 2), of(4, 3)),
    "multihead-attention": (lambda: nn.MultiheadAttention(4, 2), of(3, 2, 4), of(5, 2, 4), of(5, 2, 4)),
    "multihead-attention-widths": (lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=5, **attention), of(2, 3, 4), of(2, 5, 3), of(2, 5, 5)),
    "multihead-attention-bias-kv": (lambda: nn.MultiheadAttention(4, 2, add_bias_kv=True, **attention), of(2, 3, 4), of(2, 5, 4), of(2, 5, 4)),
    "transformer-encoder-layer": (lambda: nn.TransformerEncoderLayer(4, 2, activation="gelu", **transformer), of(2, 3, 4)),
    "transformer-decoder-layer": (lambda: nn.TransformerDecoderLayer(4, 2, norm_first=True, **transformer), of(2, 3, 4), of(2, 5, 4)),
    "transformer": (lambda: nn.Transformer(4, 2, 1, 2, **transformer), of(2, 3, 4), of(2, 5, 4)),
    "nested": (Nested, of(4, 3)),
}


def tensors_in(y):
    if isinstance(y, torch.Tensor):
        return [y]
    return [x for part in (y or ()) for x in tensors_in(part)]


def outputs(model, inputs):
    """What the model gives in evaluation, as one flat list: y, then states."""
    with torch.no_grad():
        return [y.contiguous() for y in tensors_in(model.eval()(*inputs))]


def families():
    """The families that this version of PyTorch has."""
    for name, (make, *makers) in FAMILIES.items():
        try:
            model = make()
        except (AttributeError, TypeError):
            print(f"PyTorch {torch.__version__} has no {name}")
            continue
        yield name, model, [maker() for maker in makers]


def spread(model, inputs):
    """Weights that no default hides: no zeros and ones left, running statistics moved by some batches."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape), alpha=0.3)
        for module in model.modules():
            if isinstance(module, nn.Embedding) and module.padding_idx is not None:
                module.weight[module.padding_idx] = 0
        model.train()
        for _ in range(3):
            model(*inputs)


def write(folder):
    torch.manual_seed(1)
    examples = {}
    for name, model, inputs in families():
        spread(model, inputs)
        save_file(model.state_dict(), folder / f"{name}.safetensors")
        examples.update({f"{name}/input{i}": x for i, x in enumerate(inputs)})
        examples.update({f"{name}/output{i}": y for i, y in enumerate(outputs(model, inputs))})
    save_file(examples, folder / "examples.safetensors")


def check(folder):
    examples = load_file(folder / "examples.safetensors")
    for name, model, _ in families():
        part = lambda kind: [examples[key] for key in sorted(examples) if key.startswith(f"{name}/{kind}")]
        model.load_state_dict(load_file(folder / f"{name}.safetensors"), strict=True)
        found, expected = outputs(model, part("input")), part("output")
        assert len(found) == len(expected) > 0, f"{name}: {len(expected)} outputs for {len(found)}"
        for i, (y, wanted) in enumerate(zip(found, expected)):
            torch.testing.assert_close(wanted, y, rtol=1e-5, atol=2e-6, msg=lambda text: f"{name}, output {i}: {text}")
        print(f"{name} ok")


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](Path(sys.argv[2]))
