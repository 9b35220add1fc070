# What a dense decoder layer is made of. T tokens, d hidden size, o output size.

# table [V, d], ids [T] -> [T, d]
def embedding(self, table: Tensor, ids: Tensor) -> Tensor:
    return torch.embedding(table, ids)


# x [T, d] -> [T, d]; fp32 inside, the weight after the cast back, as Hugging Face's LlamaRMSNorm.
def rms_norm(self, x: Tensor, weight: Tensor, eps: float) -> Tensor:
    f = x.to(torch.float32)
    length = torch.linalg_vector_norm(f, 2, [-1], True)
    scale = torch.rsqrt(length * length / float(x.size(-1)) + eps)
    return weight.to(x.dtype) * (f * scale).to(x.dtype)


# x [T, d], weight [o, d] -> [T, o]
def linear(self, x: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    return torch.linear(x, weight, bias)


# x [T, k] w [k, n] in x's type, w of any float type. A single row, as generation has it, is left in fp32: a product of one
# row by few columns is several times as fast there as in half precision.
def thin(self, x: Tensor, w: Tensor) -> Tensor:
    if x.size(0) == 1:
        return torch.mm(x.to(torch.float32), w.to(torch.float32))
    return torch.mm(x, w.to(x.dtype))


# The same as linear plus h b: of h [T, >= S * k] one site's columns, b [k, o]; plus the site's share [T, S] times x for identity nulls
# (o = d). The base product accumulates onto the adapter's output, so that bf16 rounds their sum once.
def adapted_linear(self, x: Tensor, weight: Tensor, bias: Optional[Tensor], h: Tensor, site: int, b: Tensor, share: Optional[Tensor]) -> Tensor:
    own = h.narrow(1, site * b.size(0), b.size(0))
    if bias is not None:
        y = torch.addmm(bias, own.to(x.dtype), b.to(x.dtype))
    else:
        y = self.thin(own, b)
    if share is not None:
        y = y + share.narrow(1, site, 1) * x
    return torch.addmm(y.to(x.dtype), x, weight.t())


def activate(self, x: Tensor, activation: str) -> Tensor:
    if activation == "silu":
        return torch.silu(x)
    return torch.gelu(x, approximate="tanh")


# gate [T, F], up [T, F] -> activation(gate) * up
def gated(self, gate: Tensor, up: Tensor, activation: str) -> Tensor:
    return self.activate(gate, activation) * up
