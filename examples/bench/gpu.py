#!/usr/bin/env python3
"""gpu.py --build DIR --out DIR: forward and training step on one GPU, vs against Python's torch, eager and compiled.

Each measurement is a process of its own; a round runs vs and the peers one after the other, ratios are medians of the
rounds' (above 1: vs is faster). Own kernels are timed against LibTorch's operations by vs-kernel-bench. Peers are
measured where this python has torch and torchvision. Writes OUT/gpu.md and OUT/gpu.json; rows are kept as they come, so
that a run that is cut off has what it measured.
"""
import argparse
import os
import statistics
import subprocess
import sys

from paired import can_import, output_of, write_results

# name, the peer's, the recipe, the shape of a batch
NETWORKS = [
    ("TSN-R50 8x224, batch 16", "tsn", "tsn_r50_1x1x8_50e_minik_rgb", "16,8,3,224,224"),
    ("TSM-R50 8x224, batch 16", "tsm", "tsm_r50_1x1x8_50e_sthv1_rgb", "16,8,3,224,224"),
    ("SlowOnly-R50 8x224, batch 16", "slowonly", "slowonly_r50_8x8x1_150e_k400_rgb", "16,1,3,8,224,224"),
    ("Swin-S 32x224, batch 4", "swin", "swin_small_32x2x1_30e_k400", "4,1,3,32,224,224"),
    ("AdaFocusV2 mbv2 128, batch 16", "adafocus", "actnet_p128_mbv2", "16,16,3,224,224"),
    ("DRCA-S-K4 8x224, batch 16", "drca", "DRCA-S-K4-224", "16,1,3,8,224,224"),
]
AIMS = {"eager": 1.3, "compile": 1.0}
AIM_KERNEL = 2.0


def tried(command):
    """The document of a command, or None and a line on standard error."""
    try:
        return output_of(command)
    except subprocess.CalledProcessError as error:
        print(f"gpu.py: failed ({error.returncode}): {' '.join(command)}", file=sys.stderr)
        return None


def measure(network, mode, dtype, peers, a):
    name, peer, recipe, shape = network
    program = "vs-step-bench" if mode == "train" else "vs-forward-bench"
    changes = ["train.optimizer.lr=1e-6"] if mode == "train" else []
    counts = [str(a.warm_up), str(a.steps)]
    own, others = [], {how: [] for how in peers}
    for _ in range(a.rounds):
        run = tried([os.path.join(a.build, "tests", program), "--device", "cuda", recipe, shape, dtype, "4", *counts, *changes])
        if not run:
            return None
        own.append(run)
        for how in peers:
            script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gpu_peer.py")
            run = tried([sys.executable, script, peer, mode, dtype, how, *counts, shape])
            if run:
                others[how].append(run)
    row = {"network": name, "mode": mode, "dtype": dtype, "vs_s": statistics.median(r["median_s"] for r in own),
           "vs_mib": max(r.get("device_peak_kib", 0) for r in own) / 1024}
    for how, runs in others.items():
        if len(runs) == len(own):
            row[how] = {"s": statistics.median(r["median_s"] for r in runs), "mib": max(r["device_peak_kib"] for r in runs) / 1024,
                        "ratio": statistics.median(o["median_s"] / v["median_s"] for v, o in zip(own, runs))}
    return row


def table(rows, kernels):
    lines = ["| network | | type | vs ms | eager ms | times eager (aim 1.3) | compiled ms | times compiled (aim 1.0) | vs MiB | eager MiB |",
             "| --- | --- | --- | ---: | ---: | --- | ---: | --- | ---: | ---: |"]
    for r in rows:
        cells = [r["network"], r["mode"], r["dtype"], f"{1e3 * r['vs_s']:.2f}"]
        for how in ("eager", "compile"):
            found = r.get(how)
            cells += [f"{1e3 * found['s']:.2f}", f"{found['ratio']:.2f} {'met' if found['ratio'] >= AIMS[how] else 'MISSED'}"] if found else ["", ""]
        cells += [f"{r['vs_mib']:.0f}", f"{r['eager']['mib']:.0f}" if "eager" in r else ""]
        lines.append("| " + " | ".join(cells) + " |")
    if kernels:
        lines += ["", f"| own kernel | its µs | LibTorch's operations, µs | ratio (aim {AIM_KERNEL}) |", "| --- | ---: | ---: | --- |"]
        lines += [f"| {k['operation']} | {1e6 * k['own_s']:.1f} | {1e6 * k['composed_s']:.1f} "
                  f"| {k['ratio']:.2f} {'met' if k['ratio'] >= AIM_KERNEL else 'MISSED'} |" for k in kernels]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--warm-up", type=int, default=5)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--only", default="", help="networks whose name holds this")
    parser.add_argument("--modes", default="forward,train")
    parser.add_argument("--dtypes", default="bfloat16,float32")
    parser.add_argument("--peers", default="eager,compile", help="empty: vs alone")
    a = parser.parse_args()
    # Beside vs's programs, not beside those of tests/.
    os.environ.setdefault("VS_PLUGIN_DIR", os.path.abspath(a.build))
    peers = [how for how in a.peers.split(",") if how]
    if peers and not can_import("torch", "torchvision"):
        print("gpu.py: this python has no torch and torchvision: vs is timed alone", file=sys.stderr)
        peers = []
    kernels = tried([os.path.join(a.build, "tests", "vs-kernel-bench"), "--device", "cuda", "20"])
    kernels = kernels["rows"] if kernels else []
    rows = []
    for dtype in a.dtypes.split(","):
        for mode in a.modes.split(","):
            for network in NETWORKS:
                if a.only not in network[0]:
                    continue
                row = measure(network, mode, dtype, peers, a)
                if row:
                    rows.append(row)
                    write_results(a.out, "gpu", {"aims": AIMS, "aim_kernel": AIM_KERNEL, "rows": rows, "kernels": kernels},
                                  table(rows, kernels))
    return 0 if rows or kernels else 1


if __name__ == "__main__":
    sys.exit(main())
