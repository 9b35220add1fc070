# Moving tensors about: host and device, types, files.

def none(self) -> None:
    pass


# A copy in the engine's own memory, on the anchor's device.
def upload(self, host: Tensor, anchor: Tensor) -> Tensor:
    return host.to(anchor.device, host.dtype, False, True)


# Numbers that the host may read: contiguous fp32.
def host_floats(self, x: Tensor) -> Tensor:
    return x.detach().to(torch.float32).cpu().contiguous()


# The same of several tensors, one behind the other: one copy and one wait.
def host_floats_of(self, xs: List[Tensor]) -> Tensor:
    parts = annotate(List[Tensor], [])
    for x in xs:
        parts.append(x.detach().to(torch.float32).reshape([-1]))
    return torch.cat(parts, 0).cpu()


def host_longs(self, x: Tensor) -> Tensor:
    return x.detach().to(torch.int64).cpu().contiguous()


def cast(self, x: Tensor, dtype: int) -> Tensor:
    return x.to(dtype)


def zeros(self, shape: List[int], dtype: int, anchor: Tensor) -> Tensor:
    return torch.zeros(shape, dtype=dtype, device=anchor.device)


# The whole file as elements of one type, mapped, not read.
def map_file(self, path: str, elements: int, dtype: int) -> Tensor:
    return torch.from_file(path, False, elements, dtype=dtype)


def elements(self, shape: List[int]) -> int:
    product = 1
    for size in shape:
        product = product * size
    return product


# One tensor of a mapped file; offset and shape in elements. No copy where the type and the device are the file's own.
def mapped(self, file: Tensor, offset: int, shape: List[int], dtype: int, anchor: Tensor) -> Tensor:
    return file.narrow(0, offset, self.elements(shape)).view(shape).to(anchor.device, dtype)


def view(self, x: Tensor, shape: List[int]) -> Tensor:
    return x.view(shape)


def narrow(self, x: Tensor, dim: int, start: int, length: int) -> Tensor:
    return x.narrow(dim, start, length)


# Rows of x [T, d] at indices [N], in their order: [N, d].
def rows_at(self, x: Tensor, indices: Tensor) -> Tensor:
    return x.index_select(0, indices)


# The reverse: rows x [N, d] to their places among n rows of zeros: [n, d].
def scatter_rows(self, x: Tensor, indices: Tensor, n: int) -> Tensor:
    return torch.zeros([n, x.size(1)], dtype=x.dtype, device=x.device).index_copy(0, indices, x)


def add(self, x: Tensor, y: Tensor) -> Tensor:
    return x + y


def multiply(self, x: Tensor, y: Tensor) -> Tensor:
    return x * y


def scale(self, x: Tensor, factor: float) -> Tensor:
    return x * factor
