"""What plays of the SSH agent share: a real server of OpenSSH that lets one key in, and a real login through the agent."""
import getpass
import os
import socket
import subprocess
import time

from stage import Failed, keystead

SERVER = {}
PLACE = os.path.join(os.environ["XDG_RUNTIME_DIR"], "keystead", "agent.sock")


def ssh(window):
    """A login through the agent, under way."""
    environment = dict(os.environ, SSH_AUTH_SOCK=PLACE)
    options = ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes", "-o", "IdentityFile=none",
               "-o", f"UserKnownHostsFile={window.files}/known_hosts", "-p", str(SERVER["port"])]
    return subprocess.Popen(["ssh", *options, f"{getpass.getuser()}@127.0.0.1", "echo logged in"], env=environment,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def serve(window, name):
    """Starts a server of OpenSSH that lets this key in."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        SERVER["port"] = free.getsockname()[1]
    folder = window.files
    with open(os.path.join(folder, "authorized"), "w", encoding="utf-8") as authorized:
        authorized.write(keystead("export", name, "--format", "openssh", "--out", "-"))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(folder, "host")], check=True)
    with open(os.path.join(folder, "sshd_config"), "w", encoding="utf-8") as config:
        config.write("ListenAddress 127.0.0.1\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
                     "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
                     f"HostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n")
    program = next(path for path in ("/usr/sbin/sshd", "/usr/bin/sshd") if os.path.exists(path))
    if os.getuid() == 0:
        # Only root's server asks for the folder to which it confines itself.
        os.makedirs("/run/sshd", exist_ok=True)
    SERVER["process"] = subprocess.Popen([program, "-D", "-e", "-p", str(SERVER["port"]), "-f", os.path.join(folder, "sshd_config")],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", SERVER["port"]), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Failed("the server does not listen")
