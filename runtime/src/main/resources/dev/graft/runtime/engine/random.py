# Random numbers from counters: element i of stream `key` is a function of (key, i) alone, on every device.
# Only integer arithmetic and single IEEE operations on doubles, so that no library's log or cos makes a difference.

def shift_right(self, x: Tensor, bits: int, mask: int) -> Tensor:
    return (x >> bits) & mask


# The finaliser of SplitMix64 (Steele, Lea, Flood 2014): int64 -> int64
def scramble(self, x: Tensor) -> Tensor:
    z = (x ^ self.shift_right(x, 30, 17179869183)) * -4658895280553007687
    z = (z ^ self.shift_right(z, 27, 137438953471)) * -7723592293110705685
    return z ^ self.shift_right(z, 31, 8589934591)


# Output number start .. start + n - 1 of SplitMix64 seeded with the key.
def random_bits(self, key: int, start: int, n: int, anchor: Tensor) -> Tensor:
    counters = torch.arange(start + 1, start + 1 + n, dtype=torch.int64, device=anchor.device)
    return self.scramble(counters * -7046029254386353131 + key)


# int64 -> double in [0, 1) with 53 bits
def unit(self, bits: Tensor) -> Tensor:
    return self.shift_right(bits, 11, 9007199254740991).to(torch.float64) / 9007199254740992.0


# fp32, uniform on [low, high)
def random_uniform(self, key: int, shape: List[int], low: float, high: float, anchor: Tensor) -> Tensor:
    u = self.unit(self.random_bits(key, 0, self.elements(shape), anchor))
    return (u * (high - low) + low).to(torch.float32).view(shape)


# log of doubles in (0, 1], by the series of atanh
def log_unit(self, x: Tensor) -> Tensor:
    mantissa, exponent = torch.frexp(x)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square = s * s
    series = torch.zeros_like(x)
    for k in range(18, -1, -1):
        series = series * square + 1.0 / float(2 * k + 1)
    return series * s * 2.0 + exponent.to(torch.float64) * 0.6931471805599453


# cos of x turns, x in [0, 1), by its Taylor series around half a turn
def cos_turns(self, x: Tensor) -> Tensor:
    angle = (x - 0.5) * 6.283185307179586
    square = angle * angle
    series = torch.ones_like(x)
    for k in range(16, 0, -1):
        series = series * square / float(-2 * k * (2 * k - 1)) + 1.0
    return series * -1.0


# fp32, normal with mean 0 (Box-Muller)
def random_normal(self, key: int, shape: List[int], deviation: float, anchor: Tensor) -> Tensor:
    n = self.elements(shape)
    radius = torch.sqrt(self.log_unit(1.0 - self.unit(self.random_bits(key, 0, n, anchor))) * -2.0)
    turn = self.cos_turns(self.unit(self.random_bits(key, n, n, anchor)))
    return (radius * turn * deviation).to(torch.float32).view(shape)


# True where an element is kept, [T, d]: a function of the key, the site, the token's stream and the column.
def keep_mask(self, streams: Tensor, width: int, key: int, site: int, rate: float) -> Tensor:
    rows = self.scramble(streams ^ self.scramble(torch.full_like(streams, key) + site)).unsqueeze(1)
    columns = torch.arange(1, width + 1, dtype=torch.int64, device=streams.device) * -7046029254386353131
    return self.unit(self.scramble(rows + columns)) >= rate


# Each token's own random stream [T]: a function of its example and its position in it.
def token_streams(self, examples: Tensor, positions: Tensor) -> Tensor:
    return self.scramble(self.scramble(examples) + positions)
