# From gradients to new values. Everything is fp32; values, gradients and moments are flat buffers of P elements.

# Turns summed gradients [P] and, in the last slot, the number of supervised tokens into the gradient of the mean, clipped
# to a global norm (0: not clipped). -> [tokens, norm before clipping, 1 where something is not finite, sum of the losses]
def finish_gradient(self, gradient: Tensor, losses: List[Tensor], bound: float) -> Tensor:
    count = gradient.numel() - 1
    tokens = gradient.narrow(0, count, 1)
    own = gradient.narrow(0, 0, count)
    own.div_(tokens)
    norm = torch.linalg_vector_norm(own).view([1])
    if bound > 0.0:
        own.mul_((bound / (norm + 1.0e-6)).clamp(None, 1.0))
    loss = torch.zeros_like(tokens)
    for one in losses:
        loss = loss + one.detach().to(torch.float32)
    bad = torch.isfinite(norm + loss).logical_not().to(torch.float32)
    return torch.cat([tokens, norm, bad, loss], 0)


# AdamW with decoupled decay, as torch's; steps [1] counts the steps taken. bad [1]: nothing changes where it is 1.
# Each list has one tensor. (They are lists because the engine drops a call that writes into a list made on the spot.)
def adamw(self, values: List[Tensor], gradient: Tensor, mean: List[Tensor], square: List[Tensor], steps: List[Tensor], bad: Tensor, rate: float, beta1: float, beta2: float, eps: float, decay: float) -> None:
    steps[0].add_(1.0 - bad)
    own = [gradient.narrow(0, 0, values[0].numel())]
    torch._fused_adamw_(values, own, mean, square, annotate(List[Tensor], []), steps, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False, grad_scale=None, found_inf=bad)


def advance(self, steps: Tensor, bad: Tensor) -> None:
    steps.add_(1.0 - bad)


# An average in place, left alone where bad is 1.
def moving_average(self, average: Tensor, latest: Tensor, weight: Tensor, bad: Tensor) -> None:
    average.copy_(torch.where(bad > 0.0, average, average * (1.0 - weight) + latest * weight))


def root_mean_square(self, x: Tensor) -> Tensor:
    return (x * x).mean().sqrt()


# Adafactor without momentum for one tensor (Shazeer and Stern 2018, as transformers computes it).
# state: row means [..., r] and column means [..., c] of the squares where they are factored, else the squares alone.
def adafactor(self, values: Tensor, gradient: Tensor, offset: int, shape: List[int], state: List[Tensor], steps: Tensor, bad: Tensor, rate: float, decay: float, clipping: float) -> None:
    x = values.narrow(0, offset, self.elements(shape)).view(shape)
    g = gradient.narrow(0, offset, self.elements(shape)).view(shape)
    weight = steps.pow(-decay)
    square = g * g + 1.0e-30
    if len(state) > 1:
        rows = state[0]
        columns = state[1]
        self.moving_average(rows, square.mean([-1]), weight, bad)
        self.moving_average(columns, square.mean([-2]), weight, bad)
        row_scale = (rows / rows.mean([-1], True)).rsqrt().unsqueeze(-1)
        update = g * (row_scale * columns.unsqueeze(-2).rsqrt())
    else:
        self.moving_average(state[0], square, weight, bad)
        update = g * state[0].rsqrt()
    update = update / (self.root_mean_square(update) / clipping).clamp(1.0, None)
    step = update * (self.root_mean_square(x).clamp(1.0e-3, None) * rate)
    x.copy_(torch.where(bad > 0.0, x, x - step))
