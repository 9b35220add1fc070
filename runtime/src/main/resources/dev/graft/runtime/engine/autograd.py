# Leaves, backward passes, gradients.

# A view of a buffer that is a leaf of its own: a gradient of it is as small as the view.
def leaf(self, buffer: Tensor, offset: int, shape: List[int]) -> Tensor:
    return buffer.detach().narrow(0, offset, self.elements(shape)).view(shape).requires_grad_(True)


# The same values as x, with a gradient of its own.
def fresh_leaf(self, x: Tensor) -> Tensor:
    return x.detach().requires_grad_(True)


def backward(self, scalar: Tensor) -> None:
    scalar.backward()


# One vector-Jacobian product: the gradient of sum(y * g) over all pairs goes to the leaves.
def backward_from(self, outputs: List[Tensor], gradients: List[Tensor]) -> None:
    ends = annotate(List[Tensor], [])
    slopes = annotate(List[Optional[Tensor]], [])
    for i in range(len(outputs)):
        if outputs[i].requires_grad:
            ends.append(outputs[i])
            slopes.append(gradients[i].detach().to(outputs[i].dtype))
    torch.backward(ends, slopes)


# Whether a backward pass has reached a leaf. (The engine takes `leaf.grad is None` for always false.)
def reached(self, leaf: Tensor) -> bool:
    return torch.__isnot__(leaf.grad, None)


# The gradient that a leaf has collected; zeros where no backward pass reached it.
def gradient(self, leaf: Tensor) -> Tensor:
    if self.reached(leaf):
        return leaf.grad
    return torch.zeros_like(leaf)


# Moves the leaves' gradients into the buffer, one behind the other, and a number into its last slot. The list holds sets of
# `count` leaves of the same shapes, one set behind the other; the gradients of a leaf are added up set by set.
def gather_gradients(self, leaves: List[Tensor], count: int, buffer: Tensor, last: float) -> None:
    start = 0
    for i in range(count):
        own = buffer.narrow(0, start, leaves[i].numel())
        own.zero_()
        for j in range(i, len(leaves), count):
            if self.reached(leaves[j]):
                own.add_(leaves[j].grad.reshape([-1]))
                leaves[j].grad.zero_()
        start = start + leaves[i].numel()
    buffer.narrow(0, start, 1).fill_(last)


# Copies values into a buffer.
def store(self, buffer: Tensor, offset: int, values: Tensor) -> None:
    buffer.narrow(0, offset, values.numel()).copy_(values.reshape([-1]))
