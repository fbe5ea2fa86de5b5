#!/usr/bin/env python3
"""evaluation.py --build DIR --clips DIR --out DIR [--rounds N] [--videos N]: vs-eval from video files against its forward.

TSN-R50 with 8 frames of 224 x 224 on small clips. What one more video costs is the difference of a run of N videos and
one of four times as many, over 3 N: starting and loading weights, once a run, drop out. The forward alone is measured
the same way by vs-flops --latency. Reading a video takes processor time beside it; cores that share that fairly need the
forward's wall time plus reading's processor time over the cores. The ratio is the median over the rounds of what was
measured over that. Writes OUT/evaluation.md and OUT/evaluation.json.
"""
import argparse
import glob
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from paired import write_results

AIM = 1.05
RECIPE = ["--recipe", "tsn_r50_1x1x8_50e_minik_rgb", "--quiet"]


def cost_of(command):
    """Wall and processor seconds of a command."""
    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime
    before, start = used(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start, used() - before


def of_one_more(few, many, count):
    """Wall and processor seconds of one more of the `count` that the second command does beyond the first."""
    first, second = cost_of(few), cost_of(many)
    return [(b - a) / count for a, b in zip(first, second)]


def link_videos(clips, folder, number):
    """A list of `number` videos, each clip under as many names as that takes."""
    names = []
    for i in range(number):
        name = f"{i:05}.mp4"
        if not os.path.lexists(os.path.join(folder, name)):
            os.symlink(os.path.abspath(clips[i % len(clips)]), os.path.join(folder, name))
        names.append(f"{name} 0\n")
    path = os.path.join(folder, f"{number}.txt")
    with open(path, "w") as f:
        f.writelines(names)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--clips", required=True, help="a folder of make_clips.sh")
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--videos", type=int, default=48)
    a = parser.parse_args()
    clips = sorted(glob.glob(os.path.join(a.clips, "small_*.mp4")))
    if not clips:
        sys.exit(f"evaluation.py: {a.clips} holds no small_*.mp4 (make_clips.sh makes them)")
    cores = len(os.sched_getaffinity(0))
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        lists = [link_videos(clips, folder, n) for n in (a.videos, 4 * a.videos)]
        scored = [[os.path.join(a.build, "vs-eval"), *RECIPE, "--untrained", "--annotations", path, "--data", folder,
                   "--force", "-o", os.path.join(folder, "scores.h5")] for path in lists]
        timed = [[os.path.join(a.build, "vs-flops"), *RECIPE, "--latency", "--json", "--threads", str(cores), "--runs", str(n)]
                 for n in (a.videos, 4 * a.videos)]
        for _ in range(a.rounds):
            forward, video = of_one_more(*timed, 3 * a.videos), of_one_more(*scored, 3 * a.videos)
            fair = forward[0] + max(video[1] - forward[1], 0) / cores
            rounds.append({"forward_s": forward[0], "forward_cpu_s": forward[1], "video_s": video[0], "video_cpu_s": video[1],
                           "fair_s": fair, "ratio": video[0] / fair})
    middle = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
    met = "met" if middle["ratio"] <= AIM else "MISSED"
    lines = ["| TSN-R50 8x224 | wall s | CPU s |", "| --- | ---: | ---: |",
             f"| the forward alone | {middle['forward_s']:.4f} | {middle['forward_cpu_s']:.4f} |",
             f"| vs-eval, a video | {middle['video_s']:.4f} | {middle['video_cpu_s']:.4f} |",
             f"| the forward and reading, shared fairly | {middle['fair_s']:.4f} | |",
             f"| times that | {middle['ratio']:.3f} (aim {AIM} {met}) | |"]
    write_results(a.out, "evaluation", {"cores": cores, "videos": a.videos, "aim": AIM, "ratio": middle["ratio"],
                                        "rounds": rounds}, lines)


if __name__ == "__main__":
    main()
