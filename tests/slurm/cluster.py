"""A throw-away SLURM cluster on this machine: two nodes, one with pretend graphics cards.

Everything lies in one folder and listens on the loopback interface only. No login, no database, no
limits but memory and time: right for tests, never for a site.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

#: What takes longer hangs, on any machine: seconds.
HANGS = 6 * 3600
DAEMONS = {"control": "slurmctld", "cpu": "slurmd", "gpu": "slurmd"}
NODES = ("cpu", "gpu")
#: What stands for graphics cards: SLURM wants a character device for each.
CARDS = ("/dev/null", "/dev/zero")
#: Where Debian keeps daemons, which is not on every PATH.
PLACES = os.pathsep.join(
    [os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]
)

CONFIGURATION = """\
ClusterName=throwaway
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/control.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/control.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
GresTypes=gpu
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
# No database, as on many small clusters; a file says how every job ended.
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/ended.txt
# Processes that use more memory than their job asked for are killed; looked at once a second.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
# Failures are noticed within seconds, not minutes.
SlurmdTimeout=10
KillWait=2
# Ended jobs are remembered until the tests have looked at them.
MinJobAge=3600
NodeName=cpu NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=16 RealMemory=64000
NodeName=gpu NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=16 RealMemory=64000 \
Gres=gpu:pretend:{cards}
PartitionName=cpu Nodes=cpu Default=YES MaxTime=INFINITE
PartitionName=gpu Nodes=gpu MaxTime=INFINITE
"""


class Cluster(NamedTuple):
    """Its folder, what a user's shell needs, and its daemons by name (of `DAEMONS`)."""

    folder: Path
    environment: dict
    daemons: dict


def missing_programs():
    """SLURM's programs that this machine does not have."""
    wanted = (
        "slurmctld",
        "slurmd",
        "sbatch",
        "srun",
        "scancel",
        "squeue",
        "scontrol",
    )
    return [name for name in wanted if not shutil.which(name, path=PLACES)]


def start(folder):
    """Start a cluster in `folder` and wait until both nodes are idle."""
    folder.mkdir(parents=True)
    for name in ("state", "programs", *(f"spool-{node}" for node in NODES)):
        (folder / name).mkdir()
    host, user = (
        socket.gethostname().split(".")[0],
        os.environ.get("USER", "root"),
    )
    values = {
        "host": host,
        "user": user,
        "folder": folder,
        "cards": len(CARDS),
    }
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(ports=free_ports(3), **values)
    )
    cards = [
        f"NodeName=gpu Name=gpu Type=pretend File={device}\n"
        for device in CARDS
    ]
    (folder / "gres.conf").write_text("AutoDetect=off\n" + "".join(cards))
    # The executor's job steps forget which configuration is theirs, unless it is the system's.
    srun = folder / "programs" / "srun"
    srun.write_text(
        f'#!/bin/sh\nSLURM_CONF={configuration} exec {shutil.which("srun")} "$@"\n'
    )
    srun.chmod(0o755)
    environment = {
        "SLURM_CONF": str(configuration),
        "PATH": f"{srun.parent}{os.pathsep}{PLACES}",
    }
    cluster = Cluster(folder, os.environ | environment, {})
    try:
        for name in DAEMONS:
            start_daemon(cluster, name)
        wait_until(
            lambda: node_states(cluster) == {"cpu": "IDLE", "gpu": "IDLE"},
            "idle nodes",
        )
    except BaseException:
        stop(cluster)
        raise
    return cluster


def start_daemon(cluster, name):
    """Start one daemon in the foreground of a session of its own, so that its pid is known."""
    program, node = DAEMONS[name], ["-N", name] if name in NODES else []
    command = [shutil.which(program, path=PLACES), "-D", *node]
    with (cluster.folder / f"{name}-output.log").open("a") as output:
        cluster.daemons[name] = subprocess.Popen(
            command,
            env=cluster.environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    if name not in NODES:
        wait_until(
            lambda: "is UP" in tell(cluster, "scontrol", "ping"),
            "the controller",
        )


def kill_daemon(cluster, name):
    """A daemon dies at once, as in a power cut."""
    cluster.daemons[name].send_signal(signal.SIGKILL)
    cluster.daemons[name].wait()


def kill_node(cluster, name):
    """A node's daemon and all processes of jobs, which must all be on it, die at once."""
    kill_daemon(cluster, name)
    for process in job_processes(cluster):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def job_processes(cluster):
    """Process numbers of all jobs of this cluster, and of what watches them."""
    ours = f"SLURM_CONF={cluster.environment['SLURM_CONF']}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            variables = (entry / "environ").read_bytes().split(b"\0")
            watches = (entry / "comm").read_text().startswith("slurmstepd")
            job = any(
                variable.startswith(b"SLURM_JOB_ID=") for variable in variables
            )
            if ours in variables and (watches or job):
                found.append(int(entry.name))
    return found


def stop(cluster):
    """Cancel what runs, then end every daemon, by its pid."""
    control = cluster.daemons.get("control")
    if control and control.poll() is None:
        tell(cluster, "scancel", f"--user={os.environ.get('USER', 'root')}")
        # Jobs that nobody ends any more are killed with their daemons.
        for _ in range(75):
            if not tell(cluster, "squeue", "--noheader"):
                break
            time.sleep(0.2)
    for daemon in reversed(cluster.daemons.values()):
        if daemon.poll() is None:
            daemon.terminate()
    for daemon in cluster.daemons.values():
        try:
            daemon.wait(10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


def tell(cluster, *command):
    """What one of SLURM's programs says, as text; empty if it fails."""
    try:
        done = subprocess.run(
            command,
            env=cluster.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def node_states(cluster):
    """Node -> state, as the scheduler sees it."""
    listed = tell(
        cluster, "sinfo", "--noheader", "--Node", "--format=%N %T"
    ).split()
    return {
        node: state.upper()
        for node, state in zip(listed[::2], listed[1::2], strict=True)
    }


def job_records(cluster):
    """What the scheduler knows of every job, by its number: its own field names and values."""
    records = tell(
        cluster, "scontrol", "show", "jobs", "--details", "--oneliner"
    )
    fields = [
        dict(re.findall(r"(\S+?)=(\S*)", line))
        for line in records.splitlines()
    ]
    return {
        int(record["JobId"]): record for record in fields if "JobId" in record
    }


def ended_jobs(cluster):
    """The line of every job that ended, in that order, as fields and values."""
    file = cluster.folder / "ended.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    return [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines]


def wait_until(true, what):
    """Wait for something to be true; what is not within hours hangs: `TimeoutError` says so."""
    ends = time.monotonic() + HANGS
    while not true():
        if time.monotonic() > ends:
            raise TimeoutError(f"{what}: not within {HANGS} s")
        time.sleep(0.2)


def free_ports(number):
    """Ports of the loopback interface that nobody uses now."""
    sockets = [socket.socket() for _ in range(number)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
