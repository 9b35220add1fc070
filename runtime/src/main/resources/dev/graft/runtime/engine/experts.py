# Mixture-of-experts blocks. T tokens, n true and m null experts, d hidden size, F an expert's inner size, r rank; a pair
# is a token with one of the true experts that it selected: R pairs in all.

# x [T, d], gate [n, d], gate2 [m, d] -> fp32 logits [T, 1, n + m]. Without gate2 null expert j copies the logit of true
# expert j mod n, which keeps untouched copies exactly tied.
# h [T, r or 2r]: LoRA hidden states of gate's, then gate2's, with b [r, n] and b2 [r, m].
def expanded_logits(self, x: Tensor, gate: Tensor, gate2: Optional[Tensor], nulls: int, h: Optional[Tensor], b: Optional[Tensor], b2: Optional[Tensor]) -> Tensor:
    wide = x.to(torch.float32)
    n = gate.size(0)
    true_logits = torch.linear(wide, gate.to(torch.float32))
    if gate2 is not None:
        null_logits = torch.linear(wide, gate2.to(torch.float32))
    else:
        copies = (nulls + n - 1) // n
        null_logits = true_logits.repeat([1, copies]).narrow(1, 0, nulls)
    start = 0
    if h is not None:
        hidden = h.to(torch.float32)
        if b is not None:
            true_logits = torch.addmm(true_logits, hidden.narrow(1, 0, b.size(0)), b.to(torch.float32))
            start = b.size(0)
        if b2 is not None:
            null_logits = torch.addmm(null_logits, hidden.narrow(1, start, b2.size(0)), b2.to(torch.float32))
    return torch.cat([true_logits, null_logits], 1).unsqueeze(1)


# Where the 1st, 2nd, ... `total`-th true entry of a flat mask stands, from its running count. Unlike nonzero this does
# not ask the device for their number.
def places(self, running: Tensor, total: int) -> Tensor:
    return torch.searchsorted(running, torch.arange(1, total + 1, dtype=torch.int64, device=running.device))


# LoRA of one role in n experts: a [S * n * r, in] of which one site's rows, b [n * r, out] ->
# first factors [n, r, in] and second factors [n, r, out] with the scale, in x's type
def expert_factors(self, x: Tensor, a: Tensor, site: int, b: Tensor, n: int, scale: float) -> List[Tensor]:
    first = a.narrow(0, site * b.size(0), b.size(0)).to(x.dtype).view([n, -1, a.size(1)])
    second = (b * scale).to(x.dtype).view([n, -1, b.size(1)])
    return [first, second]


# What dropout multiplies a role's input with: [T, width] in x's type
def dropout_mask(self, x: Tensor, streams: Tensor, width: int, key: int, site: int, rate: float) -> Tensor:
    return (self.keep_mask(streams, width, key, site, rate).to(torch.float32) / (1.0 - rate)).to(x.dtype)


# One role of one expert: x [c, in], weight [out, in] -> [c, out]. lora: first and second factors [n, r, *], with dropout
# a mask [T, in] too; tokens: the tokens that the rows of x are of. The base product accumulates onto the adapter's.
def expert_linear(self, x: Tensor, weight: Tensor, first: List[Tensor], second: List[Tensor], mask: Optional[Tensor], expert: int, tokens: Tensor) -> Tensor:
    if len(first) == 0:
        return torch.mm(x, weight.t())
    read = x
    if mask is not None:
        read = x * mask.index_select(0, tokens)
    y = torch.mm(torch.mm(read, first[expert].t()), second[expert])
    return torch.addmm(y, x, weight.t())


def unbound(self, lora: List[Tensor], which: int) -> List[Tensor]:
    if len(lora) == 0:
        return annotate(List[Tensor], [])
    return torch.unbind(lora[which])


def masked(self, lora: List[Tensor]) -> Optional[Tensor]:
    if len(lora) < 3:
        return None
    return lora[2]


# Sum over a token's selected true experts of weight * E(x), E(x) = down(activation(gate x) * up x): x [T, d] -> [T, d].
# weights [T, 1, n], 0 where not selected; share [T, 1]: the weight of x itself (identity nulls).
# gates, ups [F, d] and downs [d, F]: one an expert. A role's lora: see expert_linear; empty without.
# Pairs lie sorted by expert, so an expert's rows are contiguous; null experts have none. Each pair is read once on the
# way back, so no sum depends on the order of threads.
def dispatch(self, x: Tensor, weights: Tensor, share: Optional[Tensor], gates: List[Tensor], ups: List[Tensor], downs: List[Tensor], activation: str, gate_lora: List[Tensor], up_lora: List[Tensor], down_lora: List[Tensor]) -> Tensor:
    n = len(gates)
    t = x.size(0)
    by_token = weights.view([t, n])
    chosen = (by_token.detach() != 0.0).to(torch.int64)
    load = chosen.sum([1])
    # The one read by the host.
    counts = chosen.sum([0]).cpu()
    sizes = annotate(List[int], [])
    total = 0
    for e in range(n):
        sizes.append(int(counts[e]))
        total = total + sizes[e]
    if total == 0:
        y = x * 0.0
    else:
        order = chosen.t().reshape([-1]).cumsum(0)
        slots = self.places(order, total)
        tokens = slots.remainder(t)
        inputs = torch.split_with_sizes(torch.embedding(x, tokens), sizes)
        # A pair's weight goes onto its hidden state, so that the way back only sums.
        pair_weights = by_token.t().reshape([-1]).index_select(0, slots).to(x.dtype).unsqueeze(1)
        each_weights = torch.split_with_sizes(pair_weights, sizes)
        each_tokens = torch.split_with_sizes(tokens, sizes)
        gate_a = self.unbound(gate_lora, 0)
        gate_b = self.unbound(gate_lora, 1)
        up_a = self.unbound(up_lora, 0)
        up_b = self.unbound(up_lora, 1)
        down_a = self.unbound(down_lora, 0)
        down_b = self.unbound(down_lora, 1)
        outputs = annotate(List[Tensor], [])
        for e in range(n):
            if sizes[e] > 0:
                own = each_tokens[e]
                gate = self.expert_linear(inputs[e], gates[e], gate_a, gate_b, self.masked(gate_lora), e, own)
                up = self.expert_linear(inputs[e], ups[e], up_a, up_b, self.masked(up_lora), e, own)
                hidden = self.gated(gate, up, activation) * each_weights[e]
                outputs.append(self.expert_linear(hidden, downs[e], down_a, down_b, self.masked(down_lora), e, own))
        # Back in the order of tokens, each a bag of rows that are summed.
        pairs = self.places(chosen.reshape([-1]).cumsum(0), total)
        positions = order.view([n, t]).t().reshape([-1]).index_select(0, pairs) - 1
        offsets = load.cumsum(0) - load
        y = torch.embedding_bag(torch.cat(outputs, 0), positions, offsets, False, 0, False, None, False)[0]
    if share is not None:
        y = (y + share * x).to(x.dtype)
    return y


# The hidden state of parallel adapters w1 [N * r, d], gates [T, 1, N] in it: x [T, d] -> [T, N * r]; mask [T, d]
def parallel_hidden(self, x: Tensor, w1: Tensor, gates: Optional[Tensor], mask: Optional[Tensor]) -> Tensor:
    read = x
    if mask is not None:
        read = x * mask
    h = torch.silu(torch.mm(read, w1.to(x.dtype).t()))
    if gates is None:
        return h
    by_adapter = h.view([x.size(0), gates.size(2), -1])
    return (gates.transpose(1, 2) * by_adapter).to(x.dtype).view([x.size(0), -1])


# y [T, d] + the first k columns of h [T, >= k] times b [k, d], rounded once
def plus(self, y: Tensor, h: Tensor, b: Tensor) -> Tensor:
    return torch.addmm(y, h.narrow(1, 0, b.size(0)).to(y.dtype), b.to(y.dtype))


# Own logits [R, S, N], host weights [R, S, n] -> [R, S, N]: the adapter with the i-th largest own logit, of the k chosen,
# gets the i-th largest host weight.
def host_scaled(self, logits: Tensor, host: Tensor, k: int) -> Tensor:
    order = torch.sort(logits.detach(), stable=True, dim=-1, descending=True)[1].narrow(-1, 0, k)
    largest = torch.sort(host, stable=True, dim=-1, descending=True)[0].narrow(-1, 0, k)
    return torch.zeros_like(logits.detach()).scatter(-1, order, largest)


# y [T, d] times sigmoid(logits [T, 1])
def sigmoid_scaled(self, y: Tensor, logits: Tensor) -> Tensor:
    return (y * torch.sigmoid(logits)).to(y.dtype)
