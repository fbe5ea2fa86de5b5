"""The Python peers, one function a job. Run as: peers.py NAME JOB LIST OUT PROCESSES."""
import importlib
import importlib.util
import json
import multiprocessing
import os
import sys

SHORT_SIDE = 256
FRAMES_A_CLIP = 8
NEEDS = {"opencv": ["cv2"], "opencv_grab": ["cv2"], "pyav": ["av", "cv2"], "decord": ["decord", "cv2"],
         "reference_ssim": ["imageio", "imageio_ffmpeg", "skimage", "cv2"]}


def available(name):
    """True if this Python has what the peer needs."""
    return all(importlib.util.find_spec(module) for module in NEEDS[name])


def target_size(width, height):
    """Short side 256, the other one even: what FFmpeg's scale=-2:256 gives."""
    if width >= height:
        return int(SHORT_SIDE * width / (height * 2) + 0.5) * 2, SHORT_SIDE
    return SHORT_SIDE, int(SHORT_SIDE * height / (width * 2) + 0.5) * 2


def fps_indices(count, numerator, denominator, want=4):
    """The frames that FFmpeg's filter fps=4 keeps of `count` at a constant rate, starting at 0."""
    near = lambda a, b: (2 * a + b) // (2 * b)
    slots = [near(i * denominator * want, numerator) for i in range(count)]
    end = near(count * denominator * want, numerator)
    chosen, slot, i = [], 0, 0
    while i < count:
        if i + 1 < count:
            if slots[i + 1] <= slot:
                i += 1
                continue
        elif end <= slot:
            break
        chosen.append(i)
        slot += 1
    return chosen


def spaced(count):
    return [int((i + 0.5) * count / FRAMES_A_CLIP) for i in range(FRAMES_A_CLIP)]


class Pictures:
    """JPEG 95 files of a clip, img_00001.jpg on."""

    def __init__(self, out, clip):
        self.folder = os.path.join(out, os.path.splitext(os.path.basename(clip))[0])
        os.makedirs(self.folder, exist_ok=True)
        self.count = 0

    def put(self, image_bgr):
        import cv2
        self.count += 1
        cv2.imwrite(os.path.join(self.folder, "img_%05d.jpg" % self.count), image_bgr, [cv2.IMWRITE_JPEG_QUALITY, 95])


def write_motion(out, clip, values):
    name = os.path.splitext(os.path.basename(clip))[0] + ".json"
    with open(os.path.join(out, name), "w") as file:
        json.dump(values, file)


def open_opencv(clip):
    import cv2
    cv2.setNumThreads(1)
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "threads;1"
    return cv2.VideoCapture(clip, cv2.CAP_FFMPEG)


def opencv(job, clip, out):
    import cv2
    import numpy as np
    video = open_opencv(clip)
    count = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    size = int(video.get(3)), int(video.get(4))
    wanted = target_size(*size)
    if job in ("J1", "J2"):
        rate = round(video.get(cv2.CAP_PROP_FPS) * 1001)
        keep = set(range(count) if job == "J1" else fps_indices(count, rate, 1001))
        pictures, i = Pictures(out, clip), 0
        while video.grab():
            if i in keep:
                image = video.retrieve()[1]
                pictures.put(image if size == wanted else cv2.resize(image, wanted, interpolation=cv2.INTER_LINEAR))
            i += 1
    elif job == "J4":
        values, previous = [], None
        while True:
            ok, image = video.read()
            if not ok:
                break
            gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
            if previous is not None:
                values.append(cv2.norm(gray, previous, cv2.NORM_L1) / gray.size)
            previous = gray
        write_motion(out, clip, values)


def opencv_grab(job, clip, out):
    """J3 without seeking: grab() all up to the last wanted frame."""
    import cv2
    import numpy as np
    video = open_opencv(clip)
    wanted = spaced(int(video.get(cv2.CAP_PROP_FRAME_COUNT)))
    images = []
    for i in range(wanted[-1] + 1):
        if not video.grab():
            break
        if i in wanted:
            images.append(cv2.cvtColor(video.retrieve()[1], cv2.COLOR_BGR2RGB))
    np.stack(images)


def pyav(job, clip, out):
    import av
    import cv2
    import numpy as np
    cv2.setNumThreads(1)
    with av.open(clip) as container:
        stream = container.streams.video[0]
        stream.thread_count, stream.thread_type = 1, "NONE"
        if job in ("J1", "J2"):
            width, height = target_size(stream.width, stream.height)
            rate = stream.average_rate
            keep = None if job == "J1" else set(fps_indices(stream.frames, rate.numerator, rate.denominator))
            pictures = Pictures(out, clip)
            for i, frame in enumerate(container.decode(stream)):
                if keep is None or i in keep:
                    pictures.put(frame.to_ndarray(format="bgr24", width=width, height=height))
        elif job == "J3":
            wanted, images = spaced(stream.frames), []
            for i, frame in enumerate(container.decode(stream)):
                if i in wanted:
                    images.append(frame.to_ndarray(format="rgb24"))
                if i == wanted[-1]:
                    break
            np.stack(images)
        else:
            values, previous = [], None
            for frame in container.decode(stream):
                plane = frame.planes[0]
                luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:frame.height, :frame.width]
                if previous is not None:
                    values.append(float(np.mean(np.maximum(luma, previous) - np.minimum(luma, previous))))
                previous = luma.copy()
            write_motion(out, clip, values)


def decord(job, clip, out):
    import decord as library
    reader = library.VideoReader(clip, num_threads=1)
    reader.get_batch(spaced(len(reader))).asnumpy()


def reference_ssim(job, clip, out):
    """What MGSampler's script does: all frames through imageio, grey by OpenCV, 1 - SSIM of each pair by scikit-image."""
    import cv2
    import imageio
    from skimage.metrics import structural_similarity
    cv2.setNumThreads(1)
    grays = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in imageio.get_reader(clip, "ffmpeg")]
    write_motion(out, clip, [float(1 - structural_similarity(a, b, full=True)[0]) for a, b in zip(grays, grays[1:])])


def main():
    name, job, list_file, out, processes = sys.argv[1:]
    for module in NEEDS[name]:
        importlib.import_module(module)
    with open(list_file) as file:
        clips = [line.strip() for line in file if line.strip()]
    with multiprocessing.get_context("fork").Pool(int(processes)) as pool:
        pool.starmap(globals()[name], [(job, clip, out) for clip in clips], chunksize=1)


if __name__ == "__main__":
    main()
