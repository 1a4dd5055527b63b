"""A notification daemon for tests: it owns org.freedesktop.Notifications on the session bus and writes each
notification as one line of JSON to a file. It shows nothing.

    /usr/bin/python3 notifications.py FILE [--plain]

prints `ready` once it owns the name. With --plain it says that it knows no markup. A line of the file is

    {"app_name": .., "replaces_id": .., "icon": .., "summary": .., "body": .., "actions": [..], "urgency": 0..2 or null,
     "hints": [names], "expire_timeout": .., "pid": of the sender}

Plays take it as `with Notifications(FILE) as notifications: .. notifications.seen()`.
"""
import json
import os
import signal
import subprocess
import sys

NAME = "org.freedesktop.Notifications"
INTERFACE = f"""
<node><interface name="{NAME}">
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
  </method>
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{{sv}}" direction="in"/>
    <arg type="i" direction="in"/><arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
</interface></node>
"""
FIELDS = ["app_name", "replaces_id", "icon", "summary", "body", "actions", "hints", "expire_timeout"]


class Notifications:
    """The daemon as a process of its own, for as long as the `with` lasts."""

    def __init__(self, file, *options):
        self.file = file
        self.process = subprocess.Popen(["/usr/bin/python3", os.path.abspath(__file__), file, *options],
                                        stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError("the notification daemon did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answer()
        self.process.terminate()
        self.process.wait(10)

    def seen(self):
        """Every notification so far, oldest first."""
        with open(self.file, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def hang(self):
        """From now on it holds its name and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def answer(self):
        """It answers again."""
        self.process.send_signal(signal.SIGCONT)


def serve(file, markup):
    """Owns the name until the bus goes away or somebody ends it."""
    from gi.repository import Gio, GLib

    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    lines = open(file, "a", encoding="utf-8")
    count = 0

    def sender_of(name):
        asked = bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                              "GetConnectionUnixProcessID", GLib.Variant("(s)", (name,)), None, Gio.DBusCallFlags.NONE, 2000)
        return asked.unpack()[0]

    def called(_bus, sender, _path, _interface, method, arguments, invocation):
        nonlocal count
        answer = None
        if method == "GetCapabilities":
            answer = GLib.Variant("(as)", (["body", "actions"] + (["body-markup"] if markup else []),))
        elif method == "GetServerInformation":
            answer = GLib.Variant("(ssss)", ("keystead-test", "keystead", "1", "1.2"))
        elif method == "Notify":
            seen = dict(zip(FIELDS, arguments.unpack()))
            seen["urgency"] = seen["hints"].get("urgency")
            seen["hints"] = sorted(seen["hints"])
            seen["pid"] = sender_of(sender)
            lines.write(json.dumps(seen) + "\n")
            lines.flush()
            count += 1
            answer = GLib.Variant("(u)", (seen["replaces_id"] or count,))
        invocation.return_value(answer)

    interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
    bus.register_object("/org/freedesktop/Notifications", interface, called, None, None)
    loop = GLib.MainLoop()

    def lost(*_):
        print("the name is taken", file=sys.stderr)
        loop.quit()

    Gio.bus_own_name_on_connection(bus, NAME, Gio.BusNameOwnerFlags.NONE, lambda *_: print("ready", flush=True), lost)
    loop.run()


if __name__ == "__main__":
    serve(sys.argv[1], "--plain" not in sys.argv[2:])
