"""A Postfix of the tests' own: its folders are temporary, its ports free ones, and what it takes it hands on to us."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.fakes.ports import free_port

SBIN = Path("/usr/sbin/postfix")
MASTER = Path("/usr/lib/postfix/sbin/master")
FOLDERS = {"data": 0o700, "queue/pid": 0o755, "queue/public": 0o710, "queue/maildrop": 0o730} | {
    f"queue/{name}": 0o700
    for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "trace")
}
"""What ``postfix check`` would make, in a hundredth of its time."""
LIFE = 300
"""Seconds after which it ends by itself, should nobody stop it."""

MAIN = """
compatibility_level = 3.6
myhostname = mx.test
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
relayhost = [127.0.0.1]:{next_hop}
local_header_rewrite_clients =
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access inline:{{
    {{ nobody@clinic.test = 550 5.1.1 Nobody here }}, {{ later@clinic.test = 450 4.2.1 Come back later }} }}
message_size_limit = 100000
smtpd_tls_security_level = may
smtpd_tls_chain_files = {certificate}
smtp_tls_security_level = none
"""

MASTER_CF = """
127.0.0.1:{clear} inet n - n - - smtpd
127.0.0.1:{plain} inet n - n - - smtpd -o smtpd_discard_ehlo_keywords=chunking
127.0.0.1:{wrapped} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def lacking() -> str:
    """Why it cannot be run here; empty when it can."""
    if not (SBIN.exists() and MASTER.exists()):
        return "Postfix is not installed"
    return "" if os.geteuid() == 0 else "only root can run Postfix"


class Postfix:
    """``clear`` offers all there is, ``plain`` no CHUNKING, ``wrapped`` wants TLS from the first byte: ports.

    ``next_hop`` is a listening socket: what it took comes there.
    """

    def __init__(self, certificate: Path) -> None:
        self.next_hop = socket.create_server(("127.0.0.1", 0))
        self.clear, self.plain, self.wrapped = free_port(), free_port(), free_port()
        # pytest's folders are closed to the user that Postfix works as.
        self.folder = Path(tempfile.mkdtemp(prefix="bocau-postfix-"))
        self.folder.chmod(0o755)
        (self.folder / "conf").mkdir()
        for name, mode in FOLDERS.items():
            folder = self.folder / name
            folder.mkdir(parents=True)
            folder.chmod(mode)
            if name != "queue/pid":
                shutil.chown(folder, "postfix", "postdrop" if mode & 0o070 else None)
        fields = {**vars(self), "certificate": certificate, "next_hop": self.next_hop.getsockname()[1]}
        (self.folder / "conf" / "main.cf").write_text(MAIN.format_map(fields))
        (self.folder / "conf" / "master.cf").write_text(MASTER_CF.format_map(fields))
        self._run(MASTER, "-w", "-e", str(LIFE))

    def close(self) -> None:
        self._run(SBIN, "stop")
        self.next_hop.close()
        shutil.rmtree(self.folder)

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def _run(self, *command: Path | str) -> None:
        done = subprocess.run(
            [str(command[0]), "-c", str(self.folder / "conf"), *map(str, command[1:])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=60,
        )
        assert done.returncode == 0, f"{command}: {done.stderr.decode()}\n{self.log}"
