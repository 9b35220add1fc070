# Causal attention over ragged rows: T real tokens, one sequence after the other; no padding and no mask between them.
# (The engine's parser gives `and` and `or` one precedence: parentheses matter.)

# inverse frequencies [headDim / 2] of the rotary embedding, in fp32 as Hugging Face computes them
def rotary_frequencies(self, head_dim: int, theta: float, anchor: Tensor) -> Tensor:
    steps = torch.arange(0, head_dim, 2, dtype=torch.int64, device=anchor.device).to(torch.float32)
    return 1.0 / torch.pow(theta, steps / head_dim)


def linear_frequencies(self, frequencies: Tensor, factor: float) -> Tensor:
    return frequencies / factor


# Llama 3's scaling: long wavelengths are divided by the factor, short ones kept, those between interpolated.
def llama3_frequencies(self, frequencies: Tensor, factor: float, low: float, high: float, context: int) -> Tensor:
    wavelength = 2.0 * 3.141592653589793 / frequencies
    smooth = (context / wavelength - low) / (high - low)
    between = (1.0 - smooth) * frequencies / factor + smooth * frequencies
    scaled = torch.where(wavelength > context / low, frequencies / factor, frequencies)
    medium = (wavelength >= context / high).logical_and(wavelength <= context / low)
    return torch.where(medium, between, scaled)


# positions [T] -> cos and sin, each [T, 1, headDim / 2]
def rotary_angles(self, frequencies: Tensor, positions: Tensor) -> List[Tensor]:
    angles = (positions.to(torch.float32).unsqueeze(1) * frequencies.unsqueeze(0)).unsqueeze(1)
    return [angles.cos(), angles.sin()]


# x [T, heads, headDim] in fp32; the first half of a head turns with the second.
def rotate(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.size(2) // 2
    a = x.narrow(2, 0, half)
    b = x.narrow(2, half, half)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], 2)


# Which of keys 0 .. past+n-1 the queries past .. past+n-1 see: none after it, and only the last `window` (0: all).
def visible(self, n: int, past: int, window: int, anchor: Tensor) -> Tensor:
    query = torch.arange(past, past + n, device=anchor.device).unsqueeze(1)
    key = torch.arange(past + n, device=anchor.device).unsqueeze(0)
    seen = key <= query
    if window > 0:
        seen = seen.logical_and(key > query - window)
    return seen


# One sequence: q [n, heads, headDim], k and v [past + n, kvHeads, headDim] -> [n, heads, headDim]
def attend(self, q: Tensor, k: Tensor, v: Tensor, past: int, window: int, scale: float) -> Tensor:
    n = q.size(0)
    queries = q.transpose(0, 1).unsqueeze(0)
    keys = k.transpose(0, 1).unsqueeze(0)
    values = v.transpose(0, 1).unsqueeze(0)
    if (window > 0 and past + n > window) or (past > 0 and n > 1):
        mask = self.visible(n, past, window, q)
        y = torch.scaled_dot_product_attention(queries, keys, values, mask, 0.0, False, scale=scale, enable_gqa=True)
    else:
        y = torch.scaled_dot_product_attention(queries, keys, values, None, 0.0, n > 1, scale=scale, enable_gqa=True)
    return y.squeeze(0).transpose(0, 1)


# q [T, heads * headDim], k and v [T, kvHeads * headDim] -> [T, heads * headDim], fp32 inside.
# lengths: new tokens of each sequence (0: it takes no part); past: tokens it has in the cache already.
# cache: nothing, or keys and values [sequences, capacity, kvHeads, headDim], which take the new tokens.
def attention(self, q: Tensor, k: Tensor, v: Tensor, heads: int, kv_heads: int, scale: float, window: int, angles: List[Tensor], lengths: List[int], past: List[int], cache: List[Tensor]) -> Tensor:
    t = q.size(0)
    queries = q.view(t, heads, -1).to(torch.float32)
    keys = k.view(t, kv_heads, -1).to(torch.float32)
    values = v.view(t, kv_heads, -1).to(torch.float32)
    if len(angles) > 0:
        queries = self.rotate(queries, angles[0], angles[1])
        keys = self.rotate(keys, angles[0], angles[1])
    outputs = annotate(List[Tensor], [])
    start = 0
    for i in range(len(lengths)):
        n = lengths[i]
        if n > 0:
            own_keys = keys.narrow(0, start, n)
            own_values = values.narrow(0, start, n)
            if len(cache) > 0:
                p = past[i]
                cache[0][i].narrow(0, p, n).copy_(own_keys)
                cache[1][i].narrow(0, p, n).copy_(own_values)
                own_keys = cache[0][i].narrow(0, 0, p + n).to(torch.float32)
                own_values = cache[1][i].narrow(0, 0, p + n).to(torch.float32)
            outputs.append(self.attend(queries.narrow(0, start, n), own_keys, own_values, past[i], window, scale))
        start = start + n
    return torch.cat(outputs, 0).reshape(t, -1).to(q.dtype)
