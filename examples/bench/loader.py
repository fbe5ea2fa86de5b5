#!/usr/bin/env python3
"""loader.py --build DIR --clips DIR --out DIR [--rounds N] [--workers N] [--repeat N]: vs's loader against decord.

Eight uniform frames of each small clip, short side 224, centre crop 224, normalised to a tensor, by vs-loader-bench and
by decord with torchvision in a DataLoader of as many workers. In a round each runs once, in turning order; the ratio is
the median over the rounds of (clips a second of vs / of the peer). torchvision resizes without antialiasing, as OpenCV's
bilinear does. Time runs from the first sample asked for to the last, workers being up; CPU time is that of all
processes. The peer is measured where this python has decord, torch and torchvision; else vs is timed alone.
Writes OUT/loader.md and OUT/loader.json.
"""
import argparse
import glob
import os
import statistics
import sys
import tempfile

from paired import can_import, output_of, write_results

AIM = 1.5

PEER = r"""
import json, resource, sys, time
import decord, torch
from torchvision.transforms import functional as F
clips, workers, repeat = open(sys.argv[1]).read().split("\n")[:-1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(1)

class Clips(torch.utils.data.Dataset):
    def __init__(self, paths): self.paths = paths
    def __len__(self): return len(self.paths)
    def __getitem__(self, i):
        reader = decord.VideoReader(self.paths[i], num_threads=1)
        step = len(reader) / 8
        frames = reader.get_batch([int(k * step + step / 2) for k in range(8)]).asnumpy()
        x = torch.from_numpy(frames).permute(0, 3, 1, 2)
        x = F.center_crop(F.resize(x, 224, antialias=False), 224).float()
        return F.normalize(x, [123.675, 116.28, 103.53], [58.395, 57.12, 57.375], inplace=True)

def cpu():
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))

loader = iter(torch.utils.data.DataLoader(Clips(clips * (repeat + 1)), batch_size=None, num_workers=workers))
for _ in clips: next(loader)  # workers are up
before, start, count, total, values = cpu(), time.perf_counter(), 0, 0.0, 0
for x in loader:
    part = x.flatten()[::997]
    total += part.sum().item(); values += part.numel(); count += 1
wall = time.perf_counter() - start
del loader
print(json.dumps({"clips": count, "wall_s": wall, "clips_per_s": count / wall, "mean": total / values,
                  "cpu_s": (cpu() - before) * count / (count + len(clips))}))
"""


def ratios(rounds, value):
    return [value(r["vs"]) / value(r["peer"]) for r in rounds if "peer" in r]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--clips", required=True, help="folder with small_*.mp4 of make_clips.sh")
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=4)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    a = parser.parse_args()
    clips = sorted(glob.glob(os.path.join(a.clips, "small_*.mp4")))
    if not clips:
        sys.exit(f"loader.py: {a.clips} holds no small_*.mp4 (make_clips.sh makes them)")
    peer = can_import("decord", "torch", "torchvision")
    if not peer:
        print("loader.py: this python lacks decord, torch or torchvision: vs is timed alone", file=sys.stderr)
    rounds = []
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
        names.write("\n".join(clips) + "\n")
        names.flush()
        words = [names.name, str(a.workers), str(a.repeat)]
        tools = {"vs": [os.path.join(a.build, "tests", "vs-loader-bench"), *words]}
        if peer:
            tools["peer"] = [sys.executable, "-c", PEER, *words]
        for number in range(a.rounds):
            order = list(tools) if number % 2 == 0 else list(reversed(tools))
            rounds.append({tool: output_of(tools[tool]) for tool in order})
    medians = {tool: {key: statistics.median(r[tool][key] for r in rounds) for key in ("clips_per_s", "cpu_s")}
               for tool in tools}
    faster = statistics.median(ratios(rounds, lambda r: r["clips_per_s"])) if peer else None
    cheaper = statistics.median(ratios(rounds, lambda r: r["clips"] / r["cpu_s"])) if peer else None
    lines = ["| loader | clips/s | CPU s | |", "| --- | ---: | ---: | --- |"]
    names = {"vs": "vs", "peer": "decord + torchvision"}
    for tool, m in medians.items():
        lines.append(f"| {names[tool]} | {m['clips_per_s']:.1f} | {m['cpu_s']:.2f} | |")
    if peer:
        met = "met" if faster >= AIM else "MISSED"
        lines.append(f"| times decord + torchvision | {faster:.2f} | {cheaper:.2f} | aim {AIM} {met} |")
    write_results(a.out, "loader", {"workers": a.workers, "clips": len(clips), "repeat": a.repeat, "aim": AIM,
                                    "ratio": faster, "cpu_ratio": cheaper, "rounds": rounds}, lines)


if __name__ == "__main__":
    main()
