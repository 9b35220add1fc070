# Experts beside and behind frozen linear maps. n experts of rank r, S sites that share an input.

# The hidden state of LoRA experts, gates and scale in it: x [T, d], a [S * n * r, d] -> [T, S * n * r].
# gates [T, S, n], or None for a single expert without a router.
# factors: (sum p B)(sum p A) x instead of sum p B A x.
# dropout: one mask a site, shared by its experts, drawn from the key and each token's stream.
def lora_hidden(self, x: Tensor, a: Tensor, gates: Optional[Tensor], sites: int, scale: float, factors: bool, dropout: float, key: int, streams: Optional[Tensor]) -> Tensor:
    if streams is not None:
        first = a.to(x.dtype)
        width = first.size(0) // sites
        parts = annotate(List[Tensor], [])
        for site in range(sites):
            kept = x * self.keep_mask(streams, x.size(1), key, site, dropout).to(x.dtype)
            parts.append(self.thin(kept, first.narrow(0, site * width, width).t()))
        h = torch.cat(parts, 1)
        scale = scale / (1.0 - dropout)
    else:
        h = self.thin(x, a.t())
    if gates is None:
        return h * scale
    return self.weighed(h, gates, sites, scale, factors)


# Gates and scale into the first products h [T, S * n * r].
def weighed(self, h: Tensor, gates: Tensor, sites: int, scale: float, factors: bool) -> Tensor:
    by_expert = h.view(h.size(0), sites, gates.size(2), -1)
    weights = gates.unsqueeze(3)
    if factors:
        return (weights * (weights * by_expert).sum([2], True) * scale).to(h.dtype).view(h.size(0), -1)
    return ((weights * scale) * by_expert).to(h.dtype).view(h.size(0), -1)


# (IA)3: y [T, o] times the mixture of vectors l [n, o]; gates [T, S, n] of which one site's, or None for n = 1.
def scale_by(self, y: Tensor, gates: Optional[Tensor], site: int, l: Tensor) -> Tensor:
    if gates is None:
        mixture = l
    else:
        mixture = torch.mm(gates.select(1, site), l)
    return (y * mixture).to(y.dtype)


# (IA)3 whose router reads each head: y [T, H * V], gates [T * H, 1, n], l [n, H, V] -> [T, H * V]
def scale_heads(self, y: Tensor, gates: Tensor, l: Tensor) -> Tensor:
    heads = l.size(1)
    by_head = gates.view(y.size(0), heads, -1).transpose(0, 1)
    mixture = torch.matmul(by_head, l.transpose(0, 1)).transpose(0, 1)
    return (y * mixture.reshape(y.size(0), -1)).to(y.dtype)
