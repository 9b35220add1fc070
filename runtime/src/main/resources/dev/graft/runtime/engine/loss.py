# From hidden states to tokens. N rows, d hidden size, V vocabulary.

# hidden [N, d], head [V, d] -> [N, V] in fp32
def logits(self, hidden: Tensor, head: Tensor) -> Tensor:
    return torch.linear(hidden, head).to(torch.float32)


# The log-probability of each row's label: [N] in fp32, without gradients, `chunk` rows at a time.
def log_probs(self, hidden: Tensor, head: Tensor, labels: Tensor, chunk: int) -> Tensor:
    parts = annotate(List[Tensor], [])
    for start in range(0, hidden.size(0), chunk):
        n = min(chunk, hidden.size(0) - start)
        scores = self.logits(hidden.detach().narrow(0, start, n), head.detach())
        chosen = scores.gather(1, labels.narrow(0, start, n).unsqueeze(1)).squeeze(1)
        parts.append(chosen - scores.logsumexp([1]))
    return torch.cat(parts, 0)


# Sum of the negative log-likelihoods, a scalar in fp32.
# A frozen head in chunks: a chunk's gradient is taken with its loss, so its logits can go before the next chunk.
def loss_at(self, hidden: Tensor, head: Tensor, labels: Tensor, chunk: int) -> Tensor:
    if chunk >= hidden.size(0) or head.requires_grad:
        return torch.cross_entropy_loss(self.logits(hidden, head), labels, None, 2)
    learns = hidden.requires_grad and torch.is_grad_enabled()
    states = hidden.detach()
    total = torch.zeros([], dtype=torch.float32, device=hidden.device)
    gradients = annotate(List[Tensor], [])
    for start in range(0, hidden.size(0), chunk):
        n = min(chunk, hidden.size(0) - start)
        scores = torch.log_softmax(self.logits(states.narrow(0, start, n), head), 1)
        targets = labels.narrow(0, start, n).unsqueeze(1)
        total = total - scores.gather(1, targets).sum()
        if learns:
            slope = scores.exp_().scatter_add_(1, targets, torch.full([n, 1], -1.0, dtype=torch.float32, device=hidden.device))
            gradients.append(torch.mm(slope.to(head.dtype), head))
    if learns:
        # A term of value 0 whose gradient to hidden is the one just taken.
        slope = (hidden * torch.cat(gradients, 0)).to(torch.float32).sum()
        total = total + (slope - slope.detach())
    return total
