# Attention over ragged rows: T real tokens, one sequence after the other; no padding and no mask between them.
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


# x [T, heads, headDim] in fp32; the first half of a head turns with the second. Rounded as Hugging Face's products are:
# fused ones moved the bf16 logits of a real checkpoint four times as far from its own.
def rotate(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.size(2) // 2
    parts = torch.split_with_sizes(x, [half, half], 2)
    a = parts[0]
    b = parts[1]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], 2)


# What is added to the scores [n, past + n]: nothing where query past + i sees key j, which is j <= past + i and, with a
# window, j > past + i - window.
def hidden_scores(self, n: int, past: int, window: int, anchor: Tensor) -> Tensor:
    never = torch.full([n, past + n], -1.0e30, dtype=torch.float32, device=anchor.device)
    hidden = never.triu(past + 1)
    if window > 0:
        hidden = hidden + never.tril(past - window)
    return hidden


# T5's buckets of key - query (HF T5Attention._relative_position_bucket): exact up to half of them, then logarithmic up to
# the longest distance; keys after the query have a half of their own unless attention is causal.
def position_buckets(self, relative: Tensor, buckets: int, longest: int, causal: bool) -> Tensor:
    n = buckets
    offset = torch.zeros_like(relative)
    distance = (-relative).clamp(0, None)
    if not causal:
        n = buckets // 2
        offset = (relative > 0).to(torch.int64) * n
        distance = relative.abs()
    exact = n // 2
    growth = torch.log(distance.to(torch.float32) / exact) / torch.log(float(longest) / float(exact)) * (n - exact)
    far = (exact + growth.clamp(0.0, None).to(torch.int64)).clamp(None, n - 1)
    return offset + torch.where(distance < exact, distance, far)


def least_past(self, lengths: List[int], past: List[int]) -> int:
    least = 0
    found = False
    for i in range(len(lengths)):
        if lengths[i] > 0:
            least = min(least, past[i]) if found else past[i]
            found = True
    return least


# What the table [buckets, heads] adds to all scores, and what hides later keys where attention is causal. A sequence's
# part [heads, n, past + n] are the queries from past - least past on, and the first keys.
def position_bias(self, table: Tensor, longest: int, causal: bool, lengths: List[int], past: List[int]) -> Tensor:
    first = self.least_past(lengths, past)
    reach = 1
    for i in range(len(lengths)):
        if lengths[i] > 0:
            reach = max(reach, past[i] + lengths[i])
    relative = torch.arange(1 - reach, reach, dtype=torch.int64, device=table.device)
    buckets = self.position_buckets(relative, table.size(0), longest, causal)
    values = torch.embedding(table, buckets).to(torch.float32).t().contiguous()  # [heads, 2 reach - 1]
    if causal:
        values = values.masked_fill(relative > 0, -1.0e30)
    # The windows of `reach` values are the queries' rows, the last query's first: [heads, reach - first, reach].
    return values.unfold(1, reach, 1).narrow(1, 0, reach - first).flip([1])


# One sequence, in fp32: q [n, heads, headDim], k and v [m, kvHeads, headDim] -> [n, heads, headDim]; causal attention has
# m = past + n. A bias [heads, n, m] hides what is to be hidden.
# Short sequences go through plain products, which CPUs do twice as fast as the engine's fused attention; long ones
# through the fused one, which keeps no [heads, n, m] for the backward pass. A single query has none to keep.
def attend(self, q: Tensor, k: Tensor, v: Tensor, past: int, window: int, causal: bool, scale: float, bias: Optional[Tensor]) -> Tensor:
    if k.size(0) <= 256 or q.size(0) == 1:
        return self.attend_plainly(q, k, v, past, window, causal, scale, bias)
    n = q.size(0)
    queries = q.transpose(0, 1).unsqueeze(0)
    keys = k.transpose(0, 1).unsqueeze(0)
    values = v.transpose(0, 1).unsqueeze(0)
    if bias is not None:
        y = torch.scaled_dot_product_attention(queries, keys, values, bias.unsqueeze(0), 0.0, False, scale=scale, enable_gqa=True)
    elif causal and (window > 0 or past > 0):
        hidden = self.hidden_scores(n, past, window, q)
        y = torch.scaled_dot_product_attention(queries, keys, values, hidden, 0.0, False, scale=scale, enable_gqa=True)
    else:
        y = torch.scaled_dot_product_attention(queries, keys, values, None, 0.0, causal, scale=scale, enable_gqa=True)
    return y.squeeze(0).transpose(0, 1)


def attend_plainly(self, q: Tensor, k: Tensor, v: Tensor, past: int, window: int, causal: bool, scale: float, bias: Optional[Tensor]) -> Tensor:
    n = q.size(0)
    heads = q.size(1)
    kv_heads = k.size(1)
    group = heads // kv_heads
    # The queries of a key's heads stand below each other: [kvHeads, group * n, headDim].
    queries = q.view(n, kv_heads, group, -1).permute([1, 2, 0, 3]).reshape(kv_heads, group * n, -1)
    keys = k.permute([1, 2, 0])
    if bias is not None:
        scores = torch.baddbmm(bias.reshape(kv_heads, group * n, -1), queries, keys, beta=1.0, alpha=scale)
    elif causal and (n > 1 or window > 0):
        hidden = self.hidden_scores(n, past, window, q).repeat([group, 1])
        scores = torch.baddbmm(hidden, queries, keys, beta=1.0, alpha=scale)
    else:
        scores = torch.bmm(queries * scale, keys)
    y = torch.bmm(torch.softmax(scores, -1), v.transpose(0, 1))
    return y.view(heads, n, -1).transpose(0, 1)


# q [T, heads * headDim], k and v [T, kvHeads * headDim] -> [T, heads * headDim], fp32 inside.
# angles: nothing, or cosines and sines; bias: that of position_bias, which hides later keys itself.
# lengths: new tokens of each sequence (0: it takes no part); past: tokens it has in the cache already.
# cache: nothing, or keys and values [sequences, capacity, kvHeads, headDim], which take the new tokens.
def attention(self, q: Tensor, k: Tensor, v: Tensor, heads: int, kv_heads: int, scale: float, window: int, causal: bool, angles: List[Tensor], bias: Optional[Tensor], lengths: List[int], past: List[int], cache: List[Tensor]) -> Tensor:
    t = q.size(0)
    turned_q = q.view(t, heads, -1).to(torch.float32)
    turned_k = k.view(t, kv_heads, -1).to(torch.float32)
    if len(angles) > 0:
        turned_q = self.rotate(turned_q, angles[0], angles[1])
        turned_k = self.rotate(turned_k, angles[0], angles[1])
    queries = torch.split_with_sizes(turned_q, lengths)
    keys = torch.split_with_sizes(turned_k, lengths)
    values = torch.split_with_sizes(v.view(t, kv_heads, -1).to(torch.float32), lengths)
    first = self.least_past(lengths, past)
    own_bias = bias
    outputs = annotate(List[Tensor], [])
    for i in range(len(lengths)):
        n = lengths[i]
        if n > 0:
            own_keys = keys[i]
            own_values = values[i]
            p = 0
            if len(cache) > 0:
                p = past[i]
                cache[0][i].narrow(0, p, n).copy_(own_keys)
                cache[1][i].narrow(0, p, n).copy_(own_values)
                own_keys = cache[0][i].narrow(0, 0, p + n).to(torch.float32)
                own_values = cache[1][i].narrow(0, 0, p + n).to(torch.float32)
            if bias is not None:
                own_bias = bias.narrow(1, p - first, n).narrow(2, 0, p + n)
            outputs.append(self.attend(queries[i], own_keys, own_values, p, window, causal, scale, own_bias))
    return torch.cat(outputs, 0).reshape(t, -1).to(q.dtype)


# Every sequence's queries over the memory of the same sequence: q [T, heads * headDim], k and v [M, kvHeads * headDim]
# -> [T, heads * headDim], fp32 inside. lengths and memories: tokens of each sequence in q and in k.
def cross_attention(self, q: Tensor, k: Tensor, v: Tensor, heads: int, kv_heads: int, scale: float, lengths: List[int], memories: List[int]) -> Tensor:
    t = q.size(0)
    m = k.size(0)
    queries = torch.split_with_sizes(q.view(t, heads, -1).to(torch.float32), lengths)
    keys = torch.split_with_sizes(k.view(m, kv_heads, -1).to(torch.float32), memories)
    values = torch.split_with_sizes(v.view(m, kv_heads, -1).to(torch.float32), memories)
    outputs = annotate(List[Tensor], [])
    for i in range(len(lengths)):
        if lengths[i] > 0:
            outputs.append(self.attend(queries[i], keys[i], values[i], 0, 0, False, scale, None))
    return torch.cat(outputs, 0).reshape(t, -1).to(q.dtype)
