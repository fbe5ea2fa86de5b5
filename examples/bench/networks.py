#!/usr/bin/env python3
"""networks.py --build DIR --out DIR [--rounds N] [--threads N]: forwards of vs against Python's torch, paired.

Every round times each network once with vs (vs-flops --latency) and once with eager torch in both memory formats, of
which the faster counts. Torch is measured where this python has torch and torchvision; without it vs is timed alone.
Writes OUT/networks.md and OUT/networks.json.
"""
import argparse
import json
import os
import statistics
import sys

from paired import can_import, output_of, write_results

MOBILENET = {"type": "Recognizer2D", "backbone": {"type": "MobileNetV2"},
             "cls_head": {"type": "TSNHead", "num_classes": 200, "in_channels": 1280}}
# name, what vs is given, what torchvision is given, aims in fp32 and bf16
JOBS = [
    ("TSN-R50 8x224", ["--recipe", "tsn_r50_1x1x8_50e_minik_rgb", "--shape", "8,3,224,224"], "r50", 1.3, 1.3),
    ("MobileNetV2 10x128", ["--model", json.dumps(MOBILENET), "--shape", "10,3,128,128"], "mbv2", 1.5, 1.5),
    ("Video Swin-S 8x224", ["--recipe", "swin_small_32x2x1_30e_k400", "--shape", "1,3,8,224,224"], "swin_s", 1.1, 1.2),
]

PEER = r"""
import json, statistics, sys, time
import torch, torchvision as tv
job, dtype, threads, runs = sys.argv[1], getattr(torch, sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads); torch.manual_seed(0)
model, x = {"r50": lambda: (tv.models.resnet50(num_classes=200), torch.randn(8, 3, 224, 224)),
            "mbv2": lambda: (tv.models.mobilenet_v2(num_classes=200), torch.randn(10, 3, 128, 128)),
            "swin_s": lambda: (tv.models.video.swin3d_s(num_classes=400), torch.randn(1, 3, 8, 224, 224))}[job]()
model = model.eval().to(dtype); x = x.to(dtype)
last = torch.channels_last if x.dim() == 4 else torch.channels_last_3d
medians = []
with torch.inference_mode():
    for memory in (torch.contiguous_format, last):
        m, y = model.to(memory_format=memory), x.to(memory_format=memory)
        for _ in range(3): m(y)
        times = []
        for _ in range(runs):
            start = time.perf_counter(); m(y); times.append(time.perf_counter() - start)
        medians.append(statistics.median(times))
print(json.dumps({"median_s": min(medians), "torch": torch.__version__}))
"""


def vs_median(build, words, dtype, threads, runs):
    report = output_of([os.path.join(build, "vs-flops"), *words, "--latency", "--json", "--dtype", dtype,
                        "--threads", str(threads), "--runs", str(runs)])
    return report["latency"]["median_s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    a = parser.parse_args()
    peer = can_import("torch", "torchvision")
    if not peer:
        print("networks.py: this python has no torch and torchvision: vs is timed alone", file=sys.stderr)
    rows = []
    for name, words, model, aim, aim_bf16 in JOBS:
        for dtype, wanted in (("float32", aim), ("bfloat16", aim_bf16)):
            own, others = [], []
            for _ in range(a.rounds):
                own.append(vs_median(a.build, words, dtype, a.threads, a.runs))
                if peer:
                    others.append(output_of([sys.executable, "-c", PEER, model, dtype, str(a.threads), str(a.runs)])["median_s"])
            ratio = statistics.median(o / v for v, o in zip(own, others)) if peer else None
            rows.append({"network": name, "dtype": dtype, "vs_s": statistics.median(own),
                         "torch_s": statistics.median(others) if peer else None, "ratio": ratio, "aim": wanted})
    lines = ["| network | type | vs s | torch s | times torch | aim |", "| --- | --- | ---: | ---: | ---: | --- |"]
    for r in rows:
        met = "" if r["ratio"] is None else " met" if r["ratio"] >= r["aim"] else " MISSED"
        torch_s = "" if r["torch_s"] is None else f"{r['torch_s']:.3f}"
        ratio = "" if r["ratio"] is None else f"{r['ratio']:.2f}"
        lines.append(f"| {r['network']} | {r['dtype']} | {r['vs_s']:.3f} | {torch_s} | {ratio} | {r['aim']}{met} |")
    write_results(a.out, "networks", {"threads": a.threads, "rounds": a.rounds, "rows": rows}, lines)


if __name__ == "__main__":
    main()
