"""Workers of multiprocessing by the start method of the first word, each with a device of its own."""
import multiprocessing
import os
import sys


def work(number, marks_file):
    os.environ["TTMEM_MARKS"] = f"{marks_file}.{number}"
    import workload

    workload.main(["failures", "captures"] if number else ["operations"])


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    workers = [context.Process(target=work, args=(number, os.environ["TTMEM_MARKS"])) for number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print("the workers ended with", [worker.exitcode for worker in workers])
