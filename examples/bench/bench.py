"""Times vs against other tools and writes a table, JSON and an SVG.

Every job runs in rounds; in a round each tool runs once, in rotating order, so that a slow minute of the machine meets
all of them. A ratio is the median over the rounds of (time of the peer / time of vs) in the same round; above 1 means
that vs is faster. Times say nothing alone: other machines, other numbers. Peak memory: resident memory of all
processes of a run, sampled every 20 ms.
"""
import argparse
import fnmatch
import glob
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import peers

HERE = os.path.dirname(os.path.abspath(__file__))
SCALE = "scale='if(gte(iw,ih),-2,256)':'if(gte(iw,ih),256,-2)'"
FFMPEG = "ffmpeg -nostdin -v error -y -threads 1"

JOBS = {
    "J1": "all frames to JPEG 95, short side 256",
    "J2": "4 frames a second to JPEG 95, short side 256",
    "J3": "8 uniform frames a clip as RGB",
    "J4": "luma motion of every frame",
    "J5": "motion as 1 - SSIM (small clips)",
    "J6": "motion from the compressed stream alone",
}
# job -> peers that are compared, with the ratio aimed at (None: shown only)
TARGETS = {
    "J1": {"opencv": 1.2, "ffmpeg q1": 1.6, "ffmpeg q2": None, "pyav": None},
    "J2": {"opencv": 1.4, "ffmpeg q1": None, "pyav": None},
    "J3": {"decord": 1.5, "pyav": None, "opencv_grab": None, "ffmpeg select": None},
    "J4": {"ffmpeg scdet": 1.25, "ffmpeg decode": None, "pyav": None, "opencv": None},
    "J5": {"reference_ssim": 8.0},
    "J6": {"ffmpeg decode": 15.0},
}
VS = {
    "J1": "{bin}/vs-extract --quiet --list {list} -o {out} --short-side 256 --quality 95 --jobs 2",
    "J2": "{bin}/vs-extract --quiet --list {list} -o {out} --short-side 256 --quality 95 --fps 4 --jobs 2",
    "J3": "{bin}/vs-extract --quiet --list {list} -o {out}/pack.h5 --num-frames 8 --format raw --jobs 2",
    "J4": "{bin}/vs-motion --quiet --list {list} --method luma -o {out}/motion.h5 --jobs 2",
    "J5": "{bin}/vs-motion --quiet --list {list} --method ssim -o {out}/motion.h5 --jobs 2",
    "J6": "{bin}/vs-motion --quiet --list {list} --method codec -o {out}/motion.h5 --jobs 2",
}


def ffmpeg_script(what, clips):
    """Body of a shell script that runs FFmpeg on clip $1 with output folder $2."""
    name = 'base=${1##*/}; name=${base%.*}; mkdir -p "$2/$name"; '
    pictures = ' -threads 1 "$2/$name/img_%05d.jpg"'
    if what in ("q1", "q2"):
        quality = "-q:v 2" if what == "q2" else "-qmin 1 -q:v 1"
        fps = "${FPS_FILTER}"
        return name + f'{FFMPEG} -i "$1" -map 0:v:0 -vf "{fps}{SCALE}" {quality}' + pictures
    if what == "scdet":
        return f'{FFMPEG} -i "$1" -map 0:v:0 -vf "scdet=t=100,metadata=print:key=lavfi.scd.mafd:file=$2/${{1##*/}}.txt" ' \
               "-fps_mode passthrough -f null -"
    if what == "decode":
        return f'{FFMPEG} -i "$1" -map 0:v:0 -fps_mode passthrough -f null -'
    lines = ["case $1 in"]
    for clip in clips:
        probe = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=nb_frames",
                                "-of", "csv=p=0", clip], stdout=subprocess.PIPE, check=True)
        select = "+".join(r"eq(n\,%d)" % i for i in peers.spaced(int(probe.stdout)))
        lines.append(f'"{clip}") {FFMPEG} -i "$1" -map 0:v:0 -vf "select={select}" -fps_mode passthrough '
                     '-f rawvideo -pix_fmt rgb24 "$2/${1##*/}.rgb";;')
    return "\n".join(lines + ["esac"])


def command_of(tool, job, clips, list_file, out, binaries):
    if tool == "vs":
        return ["sh", "-c", VS[job].format(bin=binaries, list=list_file, out=out)], {}
    if tool.startswith("ffmpeg "):
        script = os.path.join(out, "one.sh")
        with open(script, "w") as file:
            file.write(ffmpeg_script(tool.split()[1], clips) + "\n")
        run = 'xargs -a "$1" -d "\\n" -P 2 -I{} sh "$2" {} "$3"'
        return ["sh", "-c", run, "x", list_file, script, out], {"FPS_FILTER": "fps=4," if job == "J2" else ""}
    return [sys.executable, os.path.join(HERE, "peers.py"), tool, job, list_file, out, "2"], {"OMP_NUM_THREADS": "1"}


def resident_bytes(session):
    total = 0
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            if int(fields[3]) == session:
                total += int(fields[21]) * resource.getpagesize()
        except (OSError, ValueError, IndexError):
            pass  # the process ended while being read
    return total


def measure(command, environment):
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
                                   env={**os.environ, **environment})
        peak, stop = [0], threading.Event()

        def poll():
            while not stop.wait(0.02):
                peak[0] = max(peak[0], resident_bytes(process.pid))

        poller = threading.Thread(target=poll)
        poller.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        stop.set()
        poller.join()
        errors.seek(0)
        text = errors.read().decode(errors="replace")[-400:]
    return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_bytes": max(peak[0], usage.ru_maxrss * 1024),
            "exit_code": process.returncode, "stderr": text}


def count_output(folder):
    return sum(len(files) for _, _, files in os.walk(folder))


def run_job(job, options, clips, scratch):
    """Rounds of all tools of a job: {tool: [measurement of each round]}."""
    list_file = os.path.join(scratch, "list.txt")
    with open(list_file, "w") as file:
        file.write("\n".join(clips) + "\n")
    tools = ["vs"]
    for peer in TARGETS[job]:
        there = peer.startswith("ffmpeg ") or peers.available(peer)
        if there and any(fnmatch.fnmatch(peer, pattern) for pattern in options.tools.split(",")):
            tools.append(peer)
        elif not there:
            print(f"{job}  {peer}: not installed here, not measured", file=sys.stderr)
    results = {tool: [] for tool in tools}
    for round_number in range(options.rounds):
        shift = round_number % len(tools)
        for tool in tools[shift:] + tools[:shift]:
            out = os.path.join(scratch, "out")
            shutil.rmtree(out, ignore_errors=True)
            os.makedirs(out)
            command, environment = command_of(tool, job, clips, list_file, out, options.build)
            result = measure(command, environment)
            result["files"] = count_output(out)
            if result["exit_code"] != 0:
                print(f"{job}  {tool}: exit {result['exit_code']}: {result['stderr']}", file=sys.stderr)
            results[tool].append(result)
            print(f"{job}  {tool:16} wall {result['wall_s']:7.2f} s  CPU {result['cpu_s']:7.2f} s  "
                  f"peak {result['peak_bytes'] / 1e6:6.0f} MB", file=sys.stderr, flush=True)
            shutil.rmtree(out, ignore_errors=True)
    return results


def summary_rows(all_results):
    """One row a job and tool: medians, ratio to vs, target and whether it is met."""
    rows = []
    for job, results in all_results.items():
        for tool, rounds in results.items():
            row = {"job": job, "tool": tool,
                   "wall_s": statistics.median(r["wall_s"] for r in rounds),
                   "cpu_s": statistics.median(r["cpu_s"] for r in rounds),
                   "peak_bytes": max(r["peak_bytes"] for r in rounds),
                   "files": rounds[-1]["files"], "ok": all(r["exit_code"] == 0 for r in rounds)}
            if tool != "vs":
                ratios = [a["wall_s"] / b["wall_s"] for a, b in zip(rounds, results["vs"])]
                row["ratio_wall"] = statistics.median(ratios)
                row["ratio_cpu"] = statistics.median(a["cpu_s"] / b["cpu_s"] for a, b in zip(rounds, results["vs"]))
                row["target"] = TARGETS[job][tool]
                if row["target"]:
                    row["met"] = row["ratio_wall"] >= row["target"]
            rows.append(row)
    return rows


def start_up_ms(build, runs=15):
    """Median wall time of vs-extract --version."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([os.path.join(build, "vs-extract"), "--version"], stdout=subprocess.DEVNULL, check=True)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def rank_correlations(build, videos):
    """Spearman rank correlation of the cheap motion measures with 1 - SSIM, per video, as vs-motion reports it."""
    table = []
    for video in videos:
        values = {}
        for method in ("ssim", "luma", "mad", "codec"):
            result = subprocess.run([os.path.join(build, "vs-motion"), "--quiet", "--method", method, "-o", "-", video],
                                    stdout=subprocess.PIPE, check=False)
            if result.returncode == 0:
                values[method] = json.loads(result.stdout.splitlines()[-1])["motion"]
        if "ssim" in values:
            table.append({"video": os.path.basename(video),
                          **{m: spearman(values["ssim"], v) for m, v in values.items() if m != "ssim"}})
    return table


def ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    result, i = [0.0] * len(values), 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
            j += 1
        for k in order[i:j + 1]:
            result[k] = (i + j) / 2
        i = j + 1
    return result


def spearman(a, b):
    if len(a) != len(b) or len(a) < 3:
        return None
    x, y = ranks(a), ranks(b)
    mean_x, mean_y = statistics.fmean(x), statistics.fmean(y)
    above = sum((p - mean_x) * (q - mean_y) for p, q in zip(x, y))
    below = (sum((p - mean_x) ** 2 for p in x) * sum((q - mean_y) ** 2 for q in y)) ** 0.5
    return above / below if below else None


def markdown(rows, start_ms, correlations, machine):
    lines = [f"Machine: {machine}. Ratio: median over rounds of (wall time of the tool / wall time of vs in the same round).", "",
             "| job | tool | wall s | CPU s | peak MB | times vs | CPU times vs | aim |", "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |"]
    for row in rows:
        ratio = f"{row['ratio_wall']:.2f}" if "ratio_wall" in row else ""
        cpu = f"{row['ratio_cpu']:.2f}" if "ratio_cpu" in row else ""
        aim = f"{row['target']} {'met' if row['met'] else 'MISSED'}" if row.get("target") else ""
        name = row["tool"] + ("" if row["ok"] else " (failed)")
        lines.append(f"| {row['job']} | {name} | {row['wall_s']:.2f} | {row['cpu_s']:.2f} | {row['peak_bytes'] / 1e6:.0f} "
                     f"| {ratio} | {cpu} | {aim} |")
    lines += ["", *[f"{job}: {text}." for job, text in JOBS.items()], "", f"vs-extract --version: {start_ms:.1f} ms (aim: 50)."]
    if correlations:
        lines += ["", "Spearman rank correlation with 1 - SSIM:", "", "| video | luma | mad | codec |", "| --- | ---: | ---: | ---: |"]
        for row in correlations:
            cells = ["-" if row.get(m) is None else f"{row[m]:.3f}" for m in ("luma", "mad", "codec")]
            lines.append(f"| {row['video']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def svg(rows):
    """Bars: how many times the wall time of vs each tool takes, grouped by job."""
    bars = [row for row in rows if "ratio_wall" in row]
    if not bars:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>\n'
    width, left, bar_height = 760, 190, 20
    largest = max(max(row["ratio_wall"], row["target"] or 0) for row in bars)
    scale = (width - left - 90) / largest
    parts, y, job = [], 44, None
    for row in bars:
        if row["job"] != job:
            job = row["job"]
            y += 14
            parts.append(f'<text x="12" y="{y + 12}" font-weight="bold">{job}: {JOBS[job]}</text>')
            y += 22
        length = row["ratio_wall"] * scale
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{row["tool"]}</text>')
        parts.append(f'<rect x="{left}" y="{y + 2}" width="{length:.1f}" height="{bar_height - 5}" fill="#0072b2"/>')
        parts.append(f'<text x="{left + length + 6:.1f}" y="{y + 14}">{row["ratio_wall"]:.2f}</text>')
        if row["target"]:
            x = left + row["target"] * scale
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + bar_height - 1}" stroke="#d55e00" stroke-width="2"/>')
        y += bar_height
    one = left + scale
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + 20}" font-family="sans-serif" font-size="13">'
            f'<rect width="100%" height="100%" fill="white"/>'
            f'<text x="12" y="22" font-size="16">Wall time of other tools as a multiple of that of vs (mark: aim)</text>'
            f'<line x1="{one:.1f}" x2="{one:.1f}" y1="40" y2="{y + 6}" stroke="#999" stroke-dasharray="3 3"/>')
    return head + "".join(parts) + "</svg>\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--clips", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", default=",".join(JOBS), help="such as J1,J4")
    parser.add_argument("--tools", default="*", help="patterns of peers, such as 'ffmpeg*,opencv'")
    parser.add_argument("--scratch", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    options = parser.parse_args()
    clips = sorted(glob.glob(os.path.join(options.clips, "*_??.mp4")))
    scratch = tempfile.mkdtemp(prefix="vs-bench-", dir=options.scratch)
    try:
        results = {}
        for job in options.jobs.split(","):
            chosen = [c for c in clips if job != "J5" or os.path.basename(c).startswith("small_")]
            results[job] = run_job(job, options, chosen, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    rows = summary_rows(results)
    start_ms = start_up_ms(options.build)
    videos = [c for c in clips if c.endswith(("small_01.mp4", "small_15.mp4", "small_21.mp4", "small_23.mp4", "hd_01.mp4"))]
    correlations = rank_correlations(options.build, videos)
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    machine = f"{model}, {len(os.sched_getaffinity(0))} cores"
    document = {"machine": machine, "rounds": options.rounds, "rows": rows, "version_ms": start_ms, "rank_correlation": correlations}
    with open(os.path.join(options.out, "bench.json"), "w") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
    table = markdown(rows, start_ms, correlations, machine)
    with open(os.path.join(options.out, "bench.md"), "w") as file:
        file.write(table)
    with open(os.path.join(options.out, "bench.svg"), "w") as file:
        file.write(svg(rows))
    print(table, end="")


if __name__ == "__main__":
    main()
