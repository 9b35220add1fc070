# Routers. R rows (the tokens, or with sentence routing the sequences), S sites that share an input, n true experts,
# m null experts, E = n + m; everything in fp32.

# x [T, d], router [S * E, d] -> logits [R, S, E]
def router_logits(self, x: Tensor, router: Tensor, sites: int) -> Tensor:
    return torch.linear(x.to(torch.float32), router).view(x.size(0), sites, -1)


# The first products of LoRA experts and the logits of the routers that weigh them, whose rows stand below the first factors
# in a [S * n * r + S * E, d], width = S * n * r: one product for both, so that the backward pass makes one gradient of x. In
# half precision the logits have the values of fp32, and the gradients of the joint product: no copy of x in fp32 is kept
# for the backward pass.
# -> products [T, S * n * r] in x's type, logits [T, S, E] in fp32
def products_and_logits(self, x: Tensor, a: Tensor, width: int, sites: int) -> List[Tensor]:
    rows = a.size(0) - width
    parts = torch.split_with_sizes(self.thin(x, a.t()), [width, rows], 1)
    logits = parts[1]
    if x.dtype != torch.float32:
        slope = logits.to(torch.float32)
        router = a.detach().narrow(0, width, rows)
        values = torch.linear(x.detach().to(torch.float32), router.to(torch.float32))
        logits = values + (slope - slope.detach())
    return [parts[0], logits.view(x.size(0), sites, -1)]


# The mean of each sequence's prompt: x [T, d] -> [B, d] in fp32. A sequence without prompt tokens gets zeros.
def prompt_means(self, x: Tensor, lengths: List[int], prompts: List[int]) -> Tensor:
    means = annotate(List[Tensor], [])
    start = 0
    for i in range(len(lengths)):
        prompt = x.narrow(0, start, prompts[i]).to(torch.float32)
        means.append(prompt.sum([0]) / float(max(prompts[i], 1)))
        start = start + lengths[i]
    return torch.stack(means, 0)


# One row a sequence -> one row a token: x [B, ...] -> [T, ...]
def spread(self, x: Tensor, lengths: List[int]) -> Tensor:
    parts = annotate(List[Tensor], [])
    for i in range(len(lengths)):
        sizes = x.size()
        sizes[0] = lengths[i]
        parts.append(x.narrow(0, i, 1).expand(sizes))
    return torch.cat(parts, 0)


# Which experts are let through: 1 or 0 at [R, S, E]; without gradient. The tie rule: true experts stand before null ones,
# so the first of equal logits is the right one. max gives the first, and so does a stable sort, which is slower.
def select(self, logits: Tensor, selection: str, k: int, threshold: float) -> Tensor:
    if selection == "soft":
        return torch.ones_like(logits)
    given = logits.detach()
    if selection == "top-k":
        left = given.clone()
        for i in range(k):
            left.scatter_(-1, torch.max(left, -1, True)[1], float("-inf"))
        return (left != given).to(torch.float32)
    order = torch.sort(given, stable=True, dim=-1, descending=True)[1]
    chosen = torch.zeros_like(given)
    # An expert is in while those before it have not reached the threshold; the first one always is.
    sums = self.softmax(given).gather(-1, order).cumsum(-1)
    before = (sums.narrow(-1, 0, sums.size(-1) - 1) < threshold).to(torch.float32)
    inside = torch.cat([torch.ones_like(sums.narrow(-1, 0, 1)), before], -1)
    return chosen.scatter_(-1, order, inside)


# Softmax over the last dimension, spelled out: the engine's is slow where that is short.
# Only over the entries that are chosen; a row without any gives zeros.
def softmax_over(self, logits: Tensor, chosen: Tensor) -> Tensor:
    masked = logits.masked_fill(chosen == 0.0, -1.0e30)
    e = (masked - masked.detach().amax([-1], True)).exp() * chosen
    # The largest entry gives 1, so only a row without any is below it.
    return e / e.sum([-1], True).clamp(1.0, None)


def softmax(self, logits: Tensor) -> Tensor:
    e = (logits - logits.detach().amax([-1], True)).exp()
    return e / e.sum([-1], True)


# logits [R, S, E] ->
#   gates [R, S, n], null share [R, S], load [R, S], chosen and probabilities [R, S, E], their sums over rows [S, E], and
#   the sum over rows of the probabilities' entropy in nats [S], without gradient
def mix(self, logits: Tensor, nulls: int, selection: str, k: int, threshold: float, normalisation: str, of_selected: bool) -> List[Tensor]:
    n = logits.size(-1) - nulls
    probabilities = self.softmax(logits)
    chosen = self.select(logits, selection, k, threshold)
    chosen_true = chosen.narrow(-1, 0, n)
    if normalisation == "selected":
        weights = self.softmax_over(logits, chosen)
    else:
        weights = probabilities * chosen
    if normalisation == "selected_true":
        gates = self.softmax_over(logits.narrow(-1, 0, n), chosen_true)
    else:
        gates = weights.narrow(-1, 0, n)
    if of_selected:
        weights = self.softmax_over(logits, chosen)
    share = weights.narrow(-1, n, nulls).sum([-1])
    entropy = torch.special_entr(probabilities.detach()).sum([0, -1])
    return [gates, share, chosen_true.sum([-1]), chosen, probabilities, chosen.sum([0]), probabilities.sum([0]), entropy]


# What x [T, d] asks the routers, for a host that decides: what undecided gives.
def asked(self, x: Tensor, router: Tensor, sites: int, nulls: int, shared: bool) -> List[Tensor]:
    return self.undecided(self.router_logits(x, router, sites), nulls, shared)


def copied_undecided(self, logits: Tensor, nulls: int, shared: bool) -> List[Tensor]:
    return self.undecided(logits.contiguous().clone(), nulls, shared)


# Logits [R, S, E] with memory of their own, and where the host leaves in it what it decides: gates [R, S, n], and where
# shared behind all of them the null experts' share [R, S].
def undecided(self, logits: Tensor, nulls: int, shared: bool) -> List[Tensor]:
    sites = logits.size(1)
    n = logits.size(2) - nulls
    parts = [logits, logits.as_strided([logits.size(0), sites, n], [sites * n, n, 1], 0)]
    if shared:
        parts.append(logits.as_strided([logits.size(0), sites], [sites, 1], logits.size(0) * sites * n))
    return parts


# The values of products_and_logits side by side in fp32 [T, S * n * r + S * E], with memory of their own, for a host that
# decides and weighs in it; where shared also the columns [T, S] in which it leaves the null experts' share.
def unweighed(self, x: Tensor, a: Tensor, width: int, sites: int, shared: bool) -> List[Tensor]:
    both = torch.linear(x.to(torch.float32), a.to(torch.float32))
    if shared:
        return [both, both.narrow(1, width, sites)]
    return [both]


# coefficient * E * sum_i f_i P_i (AdaMoE Eq. 6) over one pool; f is constant for the gradient.
# chosen, probabilities: row sums [S, E] of each routed group in the pool; rows: all their rows.
def balance_loss(self, chosen: List[Tensor], probabilities: List[Tensor], rows: float, nulls: int, averaged: bool, sum_one: bool, coefficient: float) -> Tensor:
    load = torch.cat(chosen, 0).sum([0]) / rows
    mean = torch.cat(probabilities, 0).sum([0]) / rows
    experts = load.size(0)
    if averaged and nulls > 0:
        true_load = load.narrow(0, 0, experts - nulls)
        null_load = load.narrow(0, experts - nulls, nulls).mean().expand([nulls])
        load = torch.cat([true_load, null_load], 0)
    if sum_one:
        load = load / load.sum()
    return (load * mean).sum() * (coefficient * float(experts))
