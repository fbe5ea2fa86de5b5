#!/usr/bin/env python3
"""training.py --build DIR --out DIR [--rounds N] [--threads N]: training steps of vs against Python's torch, paired.

A step is forward, loss, backward, clipping where the recipe has it, and the optimiser's update. Every round times each
network once with vs (tests/vs-step-bench) and once with eager torch in both memory formats, each in a process of its
own, of which the faster counts; memory is the peak of resident memory of that process. Torch runs its fused optimisers.
Torch is measured where this python has torch and torchvision; without it vs is timed alone.
Writes OUT/training.md and OUT/training.json.
"""
import argparse
import os
import statistics
import sys

from paired import can_import, output_of, write_results

R50, SWIN = "tsn_r50_1x1x8_50e_minik_rgb", "swin_small_112p_32x2x1_30e_k400"
RESKD = "rkd_r50_1x1x8_100e_minik"
# name, what vs is given, what torchvision is given, aim
JOBS = [
    ("TSN-R50 8x112", [R50, "1,8,3,112,112"], [], "r50", 1.05),
    ("TSN-R18 16x112", [R50, "1,16,3,112,112"],
     ["model.backbone.depth=18", "model.cls_head.in_channels=512"], "r18", 1.05),
    ("Video Swin-T 1x8x112", [SWIN, "1,1,3,8,112,112"], ["model.backbone.depths=[2,2,6,2]"], "swin_t", 1.05),
    ("TSN-R50 8x112 taught by R50 8x224", [RESKD, "1,8,3,224,224"], [], "reskd", 1.0),
]
AIM_MEMORY = 1.05

PEER = r"""
import json, statistics, sys, time
import torch, torchvision as tv
from torch import nn
job, dtype, threads, warm_up, steps, last = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:7])
torch.set_num_threads(threads); torch.manual_seed(0)

def memory(line):
    return int(next(l for l in open("/proc/self/status") if l.startswith(line)).split()[1])

class Tsn(nn.Module):
    def __init__(self, net, classes=200):
        super().__init__()
        width, net.fc = net.fc.in_features, nn.Identity()
        self.net, self.head = net, nn.Sequential(nn.Dropout(0.5), nn.Linear(width, classes))
    def forward(self, x): return self.head(self.net(x).mean(0, keepdim=True))

class Taught(nn.Module):
    # ResKD: maps of a frozen teacher that normalises by its batch, and those of a student on half the pixels.
    def __init__(self, classes=200):
        super().__init__()
        trunk = lambda: nn.Sequential(*list(tv.models.resnet50().children())[:-2])
        self.teacher, self.student, self.head = trunk().requires_grad_(False), trunk(), nn.Sequential(nn.Dropout(0.5), nn.Linear(2048, classes))
    def forward(self, x):
        with torch.no_grad(): wanted = self.teacher(x)
        maps = self.student(nn.functional.interpolate(x, (112, 112), mode="bilinear"))
        self.difference = nn.functional.mse_loss(nn.functional.interpolate(maps.float(), wanted.shape[2:], mode="bilinear"), wanted.float())
        return self.head(maps.mean((0, 2, 3))[None])

before = memory("VmRSS:")
if job == "swin_t":
    net, x = tv.models.video.swin3d_t(num_classes=400), torch.randn(1, 3, 8, 112, 112)
    net.head = nn.Sequential(nn.Dropout(0.5), net.head)
elif job == "reskd":
    net, x = Taught(), torch.randn(8, 3, 224, 224)
else:
    net, x = Tsn(getattr(tv.models, {"r50": "resnet50", "r18": "resnet18"}[job])()), torch.randn({"r50": 8, "r18": 16}[job], 3, 112, 112)
net.train()
if last:
    format = torch.channels_last if x.dim() == 4 else torch.channels_last_3d
    net, x = net.to(memory_format=format), x.to(memory_format=format)
label = torch.tensor([0])
if job == "swin_t":
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-6, weight_decay=0.02, fused=True)
else:
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=1e-6, momentum=0.9, weight_decay=1e-4, fused=True)
times = []
for i in range(warm_up + steps):
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == "bfloat16"):
        loss = nn.functional.cross_entropy(net(x).float(), label)
        if job == "reskd": loss = loss + 100 * net.difference
    value = loss.item()
    loss.backward()
    if job != "swin_t": nn.utils.clip_grad_norm_(net.parameters(), 20)
    optimizer.step()
    if i >= warm_up: times.append(time.perf_counter() - start)
print(json.dumps({"median_s": statistics.median(times), "loss": value, "before_kib": before,
                  "peak_kib": memory("VmHWM:"), "torch": torch.__version__}))
"""


def measure(job, dtype, peer, a):
    name, words, changes, model, aim = job
    # So slow that the one batch is not learned by heart: gradients of zero are another matter for some kernels.
    changes = [*changes, "train.optimizer.lr=1e-6"]
    counts = [dtype, str(a.threads), str(a.warm_up), str(a.steps)]
    own, others = [], []
    for _ in range(a.rounds):
        own.append(output_of([os.path.join(a.build, "tests", "vs-step-bench"), *words, *counts, *changes]))
        if peer:
            formats = [output_of([sys.executable, "-c", PEER, model, *counts, last]) for last in "01"]
            others.append(min(formats, key=lambda run: run["median_s"]))
    row = {"network": name, "dtype": dtype, "aim": aim, "vs_s": statistics.median(r["median_s"] for r in own),
           "vs_mib": max(r["peak_kib"] for r in own) / 1024}
    if peer:
        row["torch"] = others[0]["torch"]
        row["torch_s"] = statistics.median(r["median_s"] for r in others)
        row["torch_mib"] = max(r["peak_kib"] for r in others) / 1024
        row["ratio"] = statistics.median(o["median_s"] / v["median_s"] for v, o in zip(own, others))
        row["memory_ratio"] = row["vs_mib"] / row["torch_mib"]
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm-up", type=int, default=3)
    parser.add_argument("--steps", type=int, default=9)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", default="", help="networks whose name holds this")
    a = parser.parse_args()
    peer = can_import("torch", "torchvision")
    if not peer:
        print("training.py: this python has no torch and torchvision: vs is timed alone", file=sys.stderr)
    rows = [measure(job, dtype, peer, a) for job in JOBS if a.only in job[0] for dtype in ("float32", "bfloat16")]
    lines = [f"| network | type | vs s | torch s | times torch | vs MiB | torch MiB "
             f"| of torch's memory (aim {AIM_MEMORY}) |",
             "| --- | --- | ---: | ---: | --- | ---: | ---: | --- |"]
    for r in rows:
        cells = [r["network"], r["dtype"], f"{r['vs_s']:.3f}", "", "", f"{r['vs_mib']:.0f}", "", ""]
        if peer:
            cells[3], cells[6] = f"{r['torch_s']:.3f}", f"{r['torch_mib']:.0f}"
            cells[4] = f"{r['ratio']:.2f} (aim {r['aim']} {'met' if r['ratio'] >= r['aim'] else 'MISSED'})"
            cells[7] = f"{r['memory_ratio']:.2f} {'met' if r['memory_ratio'] <= AIM_MEMORY else 'MISSED'}"
        lines.append("| " + " | ".join(cells) + " |")
    write_results(a.out, "training", {"threads": a.threads, "rounds": a.rounds, "aim_memory": AIM_MEMORY, "rows": rows}, lines)


if __name__ == "__main__":
    main()
