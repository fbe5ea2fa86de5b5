#!/usr/bin/env python3
"""gpu_peer.py NETWORK forward|train DTYPE eager|compile WARM_UP STEPS SHAPE: what gpu.py compares vs with.

The networks in Python's torch as their papers' code composes them, from torchvision's parts where it has them, on the
first GPU; both memory formats are tried, the faster counts. Prints one JSON object. fp32 is without TF32, as in vs.
"""
import json
import statistics
import sys
import time

import torch
import torchvision as tv
from torch import nn
from torch.nn import functional as F


class Tsn(nn.Module):
    """Frames one by one, scores averaged; with `shift` the residual branches see their neighbours' channels (TSM)."""

    def __init__(self, classes, segments=8, shift=False):
        super().__init__()
        self.net = tv.models.resnet50()
        self.net.fc = nn.Identity()
        self.segments = segments
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(2048, classes))
        if shift:
            for layer in (self.net.layer1, self.net.layer2, self.net.layer3, self.net.layer4):
                for block in layer:
                    block.conv1 = nn.Sequential(Shift(segments), block.conv1)

    def forward(self, x):
        features = self.net(x.flatten(0, 1))
        return self.head(features).unflatten(0, (-1, self.segments)).mean(1)


class Shift(nn.Module):
    def __init__(self, segments, divisor=8):
        super().__init__()
        self.segments, self.divisor = segments, divisor

    def forward(self, x):
        frames = x.unflatten(0, (-1, self.segments))
        fold = x.shape[1] // self.divisor
        out = torch.zeros_like(frames)
        out[:, :-1, :fold] = frames[:, 1:, :fold]
        out[:, 1:, fold:2 * fold] = frames[:, :-1, fold:2 * fold]
        out[:, :, 2 * fold:] = frames[:, :, 2 * fold:]
        return out.flatten(0, 1)


class Bottleneck3d(nn.Module):
    def __init__(self, inside, width, stride, over_time):
        super().__init__()
        conv = lambda a, b, k, s: nn.Sequential(
            nn.Conv3d(a, b, k, (1, s, s), tuple(n // 2 for n in k), bias=False), nn.BatchNorm3d(b))
        self.first = conv(inside, width, (3, 1, 1) if over_time else (1, 1, 1), 1)
        self.second = conv(width, width, (1, 3, 3), stride)
        self.third = conv(width, 4 * width, (1, 1, 1), 1)
        self.shortcut = conv(inside, 4 * width, (1, 1, 1), stride) if stride > 1 or inside != 4 * width else None

    def forward(self, x):
        y = self.third(F.relu(self.second(F.relu(self.first(x)))))
        return F.relu(y + (x if self.shortcut is None else self.shortcut(x)))


class SlowOnly(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv3d(3, 64, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False), nn.BatchNorm3d(64),
                                  nn.ReLU(), nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)))
        blocks, inside = [], 64
        for stage, (count, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512))):
            for i in range(count):
                blocks.append(Bottleneck3d(inside, width, 2 if i == 0 and stage > 0 else 1, stage >= 2))
                inside = 4 * width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(2048, classes))

    def forward(self, x):
        return self.head(self.blocks(self.stem(x.flatten(0, 1))).mean((2, 3, 4)))


class AdaFocus(nn.Module):
    """AdaFocusV2: a glance by MobileNetV2, a recurrent policy, patches by ResNet-50, a pooling classifier."""

    def __init__(self, classes, segments=16, patch=128, hidden=2048):
        super().__init__()
        self.segments, self.patch = segments, patch
        self.glance = tv.models.mobilenet_v2().features
        trunk = tv.models.resnet50()
        trunk.fc = nn.Identity()
        self.local = trunk
        self.reduce = nn.Sequential(nn.Conv2d(1280, 64, 1, bias=False), nn.BatchNorm2d(64), nn.Tanh(), nn.Flatten(),
                                    nn.Linear(64 * 49, hidden), nn.BatchNorm1d(hidden), nn.Tanh())
        self.gru = nn.GRU(hidden, hidden, batch_first=True)
        self.place = nn.Sequential(nn.Linear(hidden, 2), nn.Sigmoid())
        self.hidden = nn.Sequential(nn.Linear(1280 + 2048, hidden), nn.BatchNorm1d(hidden), nn.ReLU())
        self.exits = nn.ModuleList(nn.Sequential(nn.Dropout(0.2), nn.Linear(hidden, classes)) for _ in range(segments))

    def crop(self, images, actions):
        side, span = self.patch, images.shape[-1]
        offset = (actions * (2 * (span - side)) + side) / span - 1
        none, scale = torch.zeros_like(offset[:, 0]), torch.full_like(offset[:, 0], side / span)
        theta = torch.stack([torch.stack([scale, none, offset[:, 1]], 1), torch.stack([none, scale, offset[:, 0]], 1)], 1)
        grid = F.affine_grid(theta.float(), (images.shape[0], 3, side, side), align_corners=False)
        return F.grid_sample(images, grid.to(images.dtype), align_corners=False)

    def forward(self, x):
        frames = x.flatten(0, 1)
        maps = self.glance(frames)
        states, _ = self.gru(self.reduce(maps).unflatten(0, (-1, self.segments)))
        patches = self.crop(frames, self.place(states.flatten(0, 1)))
        both = torch.cat([maps.mean((2, 3)), self.local(patches)], 1)
        hidden = self.hidden(both).unflatten(0, (-1, self.segments))
        largest, scores = hidden[:, 0], []
        for t, classify in enumerate(self.exits):
            if t > 0:
                largest = torch.maximum(largest, hidden[:, t])
            scores.append(classify(largest))
        return scores[-1]


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class DividedLayer(nn.Module):
    """Attention over time, then over space, then the feed-forward part; low frames have a norm and attention of their own."""

    def __init__(self, width, heads, low):
        super().__init__()
        self.time_norm, self.time, self.time_out = nn.LayerNorm(width), Attention(width, heads), nn.Linear(width, width)
        self.space_norm, self.space = nn.LayerNorm(width), Attention(width, heads)
        if low:
            self.low_norm, self.low = nn.LayerNorm(width), Attention(width, heads)
        self.norm, self.wide, self.narrow = nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def over_time(self, x):  # [B, H, W, T, C]
        return self.time_out(self.time(self.time_norm(x.flatten(0, 2)))).view_as(x)

    def over_space(self, cls, x, norm, attention):
        batch, height, width, frames, channels = x.shape
        rows = x.permute(0, 3, 1, 2, 4).flatten(2, 3)
        rows = torch.cat([cls[:, None].expand(-1, frames, -1, -1), rows], 2).flatten(0, 1)
        added = attention(norm(rows)).unflatten(0, (batch, frames))
        return added[:, :, 0], added[:, :, 1:].unflatten(2, (height, width)).permute(0, 2, 3, 1, 4)

    def feed(self, x):
        return x + self.narrow(F.gelu(self.wide(self.norm(x))))


class Drca(nn.Module):
    """DRCA-S: at layer 3 four of eight frames keep 14 x 14 tokens, by learned scores, the others are pooled to 7 x 7."""

    def __init__(self, classes, width=384, heads=6, layers=12, insert=3, keep=4):
        super().__init__()
        self.insert, self.keep = insert, keep
        self.embed = nn.Conv2d(3, width, 16, 16)
        self.cls, self.space = nn.Parameter(torch.zeros(1, 1, width)), nn.Parameter(torch.zeros(1, 14, 14, 1, width))
        self.time = nn.Parameter(torch.zeros(1, 1, 1, 8, width))
        self.layers = nn.ModuleList(DividedLayer(width, heads, i >= insert) for i in range(layers))
        self.shrink = nn.Sequential(nn.Conv3d(width, width, (1, 3, 3), (1, 2, 2)), nn.BatchNorm3d(width))
        self.score = nn.Sequential(nn.LayerNorm(2 * width), nn.Linear(2 * width, 2 * width), nn.GELU())
        self.score_out = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, width // 2), nn.GELU(),
                                       nn.Linear(width // 2, 1))
        self.query = nn.Conv2d(width // 4, width // 4, 3, 2, 1, groups=width // 4, bias=False)
        self.query_norm, self.in_norm, self.out_norm = nn.LayerNorm(width // 4), nn.LayerNorm(width), nn.LayerNorm(width)
        self.q, self.k, self.v = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.mix, self.wide, self.narrow = nn.Linear(width, width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def scores(self, maps):  # [B, C, T, H, W]
        small = self.shrink(maps.detach()).flatten(3).transpose(1, 2)  # [B, T, C, places]
        both = self.score(torch.cat([small.mean(3), small.amax(3)], -1))
        half = both.shape[-1] // 2
        scores = self.score_out(torch.cat([both[..., :half], both[..., half:].mean(1, True).expand(-1, 8, -1)], -1))[..., 0]
        low, high = scores.amin(-1, True), scores.amax(-1, True)
        return (scores - low) / (high - low + 1e-5)

    def choose(self, scores, frames):  # frames [B, T, N]
        def split(values):
            order = values.argsort(dim=-1, descending=True, stable=True)
            return order[..., :self.keep].sort(-1).values, order[..., self.keep:].sort(-1).values
        if not self.training:
            return [frames.gather(1, part[..., None].expand(-1, -1, frames.shape[2])) for part in split(scores)]
        noise = torch.randn(scores.shape[0], 500, 8, device=scores.device)
        parts = []
        for places in split(scores.detach()[:, None] + 0.05 * noise):
            chosen = F.one_hot(places, 8).float()
            slope = torch.einsum("bspt,bst->bpt", chosen, noise) * (0.1 / (500 * 0.05))
            parts.append((chosen.mean(1) + slope * (scores - scores.detach())[:, None]).to(frames.dtype) @ frames)
        return parts

    def compress(self, low, high):  # [B, H, W, T, C] both
        batch, _, _, frames, width = low.shape
        images = self.in_norm(low).permute(0, 3, 4, 1, 2).flatten(0, 1)
        pooled = self.query(images.unflatten(1, (4, -1)).flatten(0, 1)).unflatten(0, (-1, 4))  # [B T, 4, C / 4, h, w]
        q = self.q(self.query_norm(pooled.permute(0, 3, 4, 1, 2)).reshape(batch, -1, width))
        reference = high.flatten(1, 3)
        heads = lambda x: x.unflatten(-1, (4, -1)).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(heads(q), heads(self.k(reference)), heads(self.v(reference)))
        mixed = mixed.transpose(1, 2).flatten(2) + q
        skip = F.max_pool2d(low.permute(0, 3, 4, 1, 2).flatten(0, 1), 3, 2, 1).permute(0, 2, 3, 1).reshape(mixed.shape)
        y = skip + self.mix(mixed)
        y = y + self.narrow(F.gelu(self.wide(self.out_norm(y))))
        return y.view(batch, frames, 7, 7, width).permute(0, 2, 3, 1, 4)

    def forward(self, x):  # [B, 1, 3, 8, 224, 224]
        x = x.flatten(0, 1)
        batch, width = x.shape[0], self.cls.shape[-1]
        tokens = self.embed(x.transpose(1, 2).flatten(0, 1)).view(batch, 8, width, 14, 14).permute(0, 3, 4, 1, 2)
        tokens, cls = tokens + self.space + self.time, self.cls.expand(batch, -1, -1)
        low = None
        for i, layer in enumerate(self.layers):
            if i == self.insert:
                maps = tokens.permute(0, 4, 3, 1, 2)
                flat = tokens.permute(0, 3, 1, 2, 4).flatten(2)
                kept, rest = self.choose(self.scores(maps), flat)
                shape = lambda part: part.view(batch, -1, 14, 14, width).permute(0, 2, 3, 1, 4)
                tokens = shape(kept)
                low = self.compress(shape(rest), tokens)
            if low is None:
                tokens = tokens + layer.over_time(tokens)
                to_cls, added = layer.over_space(cls, tokens, layer.space_norm, layer.space)
                cls, tokens = cls + to_cls.mean(1, True), tokens + added
                cls, tokens = layer.feed(cls), layer.feed(tokens)
                continue
            small = F.avg_pool2d(tokens.permute(0, 3, 4, 1, 2).flatten(0, 1), 2)
            small = small.view(batch, self.keep, width, 7, 7).permute(0, 3, 4, 1, 2)
            added = layer.over_time(torch.cat([small, low], 3))
            up = F.interpolate(added[:, :, :, :self.keep].permute(0, 3, 4, 1, 2).flatten(0, 1), scale_factor=2,
                               mode="bilinear", align_corners=True)
            tokens = tokens + up.view(batch, self.keep, width, 14, 14).permute(0, 3, 4, 1, 2)
            low = low + added[:, :, :, self.keep:]
            high_cls, high = layer.over_space(cls, tokens, layer.space_norm, layer.space)
            low_cls, low_added = layer.over_space(cls, low, layer.low_norm, layer.low)
            cls = cls + torch.cat([high_cls, low_cls], 1).mean(1, True)
            cls, tokens, low = layer.feed(cls), layer.feed(tokens + high), layer.feed(low + low_added)
        return self.head(self.norm(cls[:, 0]))


class Swin(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.net = tv.models.video.swin3d_s(num_classes=classes)
        self.net.head = nn.Sequential(nn.Dropout(0.5), self.net.head)

    def forward(self, x):
        return self.net(x.flatten(0, 1))


NETWORKS = {
    "tsn": lambda: Tsn(200), "tsm": lambda: Tsn(174, shift=True), "slowonly": lambda: SlowOnly(400),
    "swin": lambda: Swin(400), "adafocus": lambda: AdaFocus(200), "drca": lambda: Drca(200),
}


def measure(name, mode, dtype, compiled, warm_up, steps, shape, last):
    torch.manual_seed(0)
    net, x = NETWORKS[name]().cuda(), torch.randn(shape, device="cuda")
    if last:
        for parameter in net.parameters():
            if parameter.dim() in (4, 5):
                format = torch.channels_last if parameter.dim() == 4 else torch.channels_last_3d
                parameter.data = parameter.data.to(memory_format=format)
    net.train(mode == "train")
    run = torch.compile(net, mode="max-autotune-no-cudagraphs" if mode == "train" else "reduce-overhead") if compiled else net
    kind = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[dtype]
    label = torch.arange(shape[0], device="cuda")
    scaler = torch.amp.GradScaler("cuda", enabled=dtype == "float16")
    if mode == "train":
        make = torch.optim.AdamW if name in ("swin", "drca") else lambda p, **o: torch.optim.SGD(p, momentum=0.9, **o)
        optimizer = make(net.parameters(), lr=1e-6, weight_decay=1e-4, fused=True)
    times = []
    for i in range(warm_up + steps):
        if i == warm_up:
            torch.cuda.reset_peak_memory_stats()
        torch.cuda.synchronize()
        start = time.perf_counter()
        with torch.autocast("cuda", dtype=kind, enabled=dtype != "float32"):
            if mode == "forward":
                with torch.inference_mode():
                    run(x).float().softmax(-1).cpu()
            else:
                optimizer.zero_grad(set_to_none=True)
                loss = F.cross_entropy(run(x).float(), label)
        if mode == "train":
            loss.item()
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(net.parameters(), 20)
            scaler.step(optimizer)
            scaler.update()
        torch.cuda.synchronize()
        if i >= warm_up:
            times.append(time.perf_counter() - start)
    return {"median_s": statistics.median(times), "device_peak_kib": torch.cuda.max_memory_allocated() // 1024,
            "channels_last": last, "torch": torch.__version__}


def main():
    name, mode, dtype, how, warm_up, steps, shape = sys.argv[1:8]
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    shape = [int(n) for n in shape.split(",")]
    formats = [False, True] if name not in ("swin", "drca") else [False]
    runs = []
    for last in formats:
        torch._dynamo.reset()
        runs.append(measure(name, mode, dtype, how == "compile", int(warm_up), int(steps), shape, last))
    print(json.dumps(min(runs, key=lambda run: run["median_s"])))


if __name__ == "__main__":
    main()
