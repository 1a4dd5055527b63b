"""The login manager tells that the session is to be locked, or that the machine goes to sleep: the window locks.

The login manager is one of our own, on a system bus of our own: nothing of the machine's is told anything.
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

NAME = "org.freedesktop.login1"
PATH = "/org/freedesktop/login1"
OWN, OTHER = f"{PATH}/session/own", f"{PATH}/session/other"
INTERFACE = f"""
<node><interface name="{NAME}.Manager">
  <method name="GetSessionByPID"><arg type="u" direction="in"/><arg type="o" direction="out"/></method>
  <signal name="PrepareForSleep"><arg type="b"/></signal>
</interface></node>
"""
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:dir={folder}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
"""


def manager():
    """Owns the name on the system bus, and says on each line it reads what that line asks for."""
    from gi.repository import Gio, GLib

    bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)

    def called(_bus, _sender, _path, _interface, _method, _arguments, invocation):
        invocation.return_value(GLib.Variant("(o)", (OWN,)))
        print("asked", flush=True)

    def told(_channel, _condition):
        words = sys.stdin.readline().split()
        if not words:
            loop.quit()
            return False
        if words[0] == "sleep":
            value = GLib.Variant("(b)", (words[1] == "true",))
            bus.emit_signal(None, PATH, f"{NAME}.Manager", "PrepareForSleep", value)
        else:
            bus.emit_signal(None, words[1], f"{NAME}.Session", words[0], None)
        return True

    interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
    bus.register_object(PATH, interface, called, None, None)
    loop = GLib.MainLoop()
    GLib.io_add_watch(GLib.IOChannel.unix_new(0), GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, told)
    Gio.bus_own_name_on_connection(bus, NAME, Gio.BusNameOwnerFlags.NONE, lambda *_: print("ready", flush=True), None)
    loop.run()


if sys.argv[1:] == ["manager"]:
    manager()
    sys.exit()

import atexit  # noqa: E402

from stage import KEY, PASSPHRASE, Failed, has_a_key, opens, start  # noqa: E402


class Login:
    """A system bus with a login manager, for as long as the play lasts."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.processes = []
        atexit.register(self.end)
        config = os.path.join(self.folder.name, "system.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(BUS.format(folder=self.folder.name))
        bus = self.begin(["dbus-daemon", "--nofork", "--nopidfile", f"--config-file={config}", "--print-address=1"])
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = bus.stdout.readline().strip()
        self.manager = self.begin(["/usr/bin/python3", os.path.abspath(__file__), "manager"], stdin=subprocess.PIPE)
        if self.manager.stdout.readline().strip() != "ready":
            raise RuntimeError("the login manager did not start")

    def begin(self, command, **options):
        """Starts a process that ends with the play."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
        self.processes.append(process)
        return process

    def end(self):
        """Ends what was started, the last first."""
        for process in reversed(self.processes):
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        self.folder.cleanup()

    def tell(self, *words):
        """Lets the login manager say something to everybody."""
        self.manager.stdin.write(" ".join(words) + "\n")
        self.manager.stdin.flush()

    def asked(self):
        """Waits until the window has asked which session is its own, and listens."""
        if self.manager.stdout.readline().strip() != "asked":
            raise Failed("the window did not ask for its session")
        time.sleep(1)


login = Login()


def stays_open(window, *words):
    """Something is said that does not concern the window."""
    login.tell(*words)
    time.sleep(1)
    if window.find("Locked") is not None:
        raise Failed(f"it locked at {' '.join(words)}")


def locks_at(window, *words):
    """Something is said, the window locks and shows nothing, and the passphrase brings it back."""
    login.tell(*words)
    window.see("Locked")
    shown = [node.name for node in window.nodes() if node.name and KEY in node.name]
    if shown:
        raise Failed(f"a locked window shows {shown}")
    window.fill("Passphrase", PASSPHRASE)
    window.press("Return")
    window.gone("Locked")
    window.see("SPKI SHA-256: .*")


def others_do_not_concern_it(window):
    """Another session's lock, an unlock and the end of a sleep leave it open"""
    login.asked()
    stays_open(window, "Lock", OTHER)
    stays_open(window, "Unlock", OWN)
    stays_open(window, "sleep", "false")


def its_session_is_locked(window):
    """The lock of its own session locks it"""
    locks_at(window, "Lock", OWN)


def the_machine_goes_to_sleep(window):
    """A machine that is about to sleep locks it"""
    locks_at(window, "sleep", "true")


start(opens, has_a_key, others_do_not_concern_it, its_session_is_locked, the_machine_goes_to_sleep)
