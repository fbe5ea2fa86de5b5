"""What the benchmarks of networks, training steps, the loader and vs-eval share."""
import json
import os
import subprocess
import sys


def output_of(command):
    """The JSON document that a command writes to standard output."""
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def can_import(*modules):
    """Whether this python has them all; tried in a process of its own."""
    command = [sys.executable, "-c", "import " + ", ".join(modules)]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


def write_results(folder, name, document, lines):
    """Writes folder/NAME.json and the table `lines` as folder/NAME.md, and prints the table."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name + ".json"), "w") as f:
        json.dump(document, f, indent=2)
    text = "\n".join(lines) + "\n"
    with open(os.path.join(folder, name + ".md"), "w") as f:
        f.write(text)
    print(text, end="")
