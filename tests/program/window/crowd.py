"""Two timers, the open window with its own due work, and ten shells at once, for KEYSTEAD_TEST_SECONDS.

What was acknowledged is written to FILES/acknowledged.json, one command a line; the test that runs this
holds the log against it. Keys `gone-N` and `kept-N`, whose waiting time ends meanwhile, are there before.
"""
import json
import os
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone

from stage import FILES, INVENTORY, PASSPHRASE_FILE, PROGRAM, Failed, make, opens, start, unlocks

SECONDS = int(os.environ.get("KEYSTEAD_TEST_SECONDS", "10"))
LAST_WAIT_ENDS = datetime.fromisoformat(os.environ["KEYSTEAD_PLAY_WAIT_ENDS"].replace("Z", "+00:00"))
DUE = min(60, 2 * SECONDS)
CONTENDED = 6
ENVIRONMENT = dict(os.environ, KEYSTEAD_INVENTORY=INVENTORY)

lines = []
troubles = []
writing = threading.Lock()


def keystead(*arguments, allowed=(0,), marker=None, json_out=False):
    """Runs a command; what it acknowledged is noted. Its exit code."""
    arguments = list(arguments) + (["--json"] if json_out else [])
    done = subprocess.run([PROGRAM, *arguments, "--passphrase-file", PASSPHRASE_FILE],
                          env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False)
    with writing:
        if done.returncode not in allowed:
            troubles.append(f"keystead {' '.join(arguments)} ended with {done.returncode}: {done.stdout} {done.stderr}")
        told = json.loads(done.stdout) if json_out and done.stdout else None
        lines.append({"args": arguments, "code": done.returncode, "marker": marker, "told": told})
    return done.returncode


def instant(after):
    """An instant so many seconds from now, as it is typed."""
    return (datetime.now(timezone.utc) + after).strftime("%Y-%m-%dT%H:%M:%SZ")


def keys_fall_due(_window):
    """Keys that fall due one after another, and keys that shells fight for"""
    keystead("policy", "set", "ssh", "rotation=by-itself", "rotate-before=7d")
    lead = timedelta(days=7, seconds=8)
    for number in range(DUE):
        end = instant(lead + timedelta(seconds=number * SECONDS / DUE))
        keystead("generate", f"due-{number}", "--purpose", "ssh", "--expires", end)
    for number in range(CONTENDED):
        end = instant(lead + timedelta(seconds=number * SECONDS / CONTENDED))
        keystead("generate", f"contended-{number}", "--purpose", "ssh", "--expires", end)
    keystead("generate", "shared", "--purpose", "ssh")


def own(kind, number):
    """A key of a loop's own, and its name."""
    name = f"{kind}-{number}"
    keystead("generate", name, "--purpose", "ssh", marker=name)
    return name


def timer(_number):
    keystead("rotate", "--due", json_out=True)
    keystead("check", allowed=(0, 1, 2))


def makes(number):
    name = own("made", number)
    keystead("edit", name, "--owner", f"owner of {name}", marker=f"owner of {name}")
    out = os.path.join(FILES, f"{name}.pub")
    keystead("export", name, "--format", "openssh", "--to", f"holder of {name}", "--out", out, marker=f"holder of {name}")


def rotates(number):
    name = own("turned", number)
    keystead("handover", "record", name, "--to", f"server of {name}", "--format", "openssh", marker=f"server of {name}")
    keystead("rotate", name, json_out=True)
    keystead("delivery", "done", name, f"server of {name}")
    keystead("rotate", name, json_out=True)
    keystead("delivery", "drop", name, f"server of {name}", "--reason", f"{name} is off", marker=f"{name} is off")


def suspends(number):
    name = own("held", number)
    keystead("suspend", name, "--reason", f"{name} was mislaid", marker=f"{name} was mislaid")
    keystead("resume", name, "--reason", f"{name} was found", marker=f"{name} was found")
    keystead("request", name, "--subject", f"CN={name}", "--out", "-", marker=f"CN={name}")


def revokes(number):
    name = own("lost", number)
    reason = ["key-compromise", "superseded", "cessation"][number % 3]
    keystead("revoke", name, "--reason", reason, "--replace", "--note", f"{name} went", marker=f"{name} went", json_out=True)


def destroys(number):
    name = own("ended", number)
    keystead("rotate", name, json_out=True)
    keystead("destroy", name, "--now", "--confirm", name, "--reason", f"{name} is over", marker=f"{name} is over")


def plans(number):
    name = own("planned", number)
    keystead("destroy", name, "--reason", f"{name} may go", marker=f"{name} may go")
    keystead("destroy", name, "--cancel")
    keystead("extend", name, "--until", "500d", "--reason", f"{name} stays", marker=f"{name} stays")


def makes_many(number):
    keystead("generate", f"many-{number}", "--count", "7", "--purpose", "ssh", marker=f"many-{number}-7")
    keystead("rotate", *(f"many-{number}-{each}" for each in range(1, 8)), json_out=True)
    keystead("deactivate", f"many-{number}-1", "--reason", f"many-{number} ends", marker=f"many-{number} ends")


def shares(number):
    keystead("rotate", "shared", allowed=(0, 4), json_out=True)
    keystead("edit", "shared", "--note", f"first shell {number}", marker=f"first shell {number}")


def shares_too(number):
    keystead("rotate", "shared", allowed=(0, 4), json_out=True)
    keystead("suspend", "shared", "--reason", f"second shell {number}", allowed=(0, 4), marker=f"second shell {number}")
    keystead("resume", "shared", allowed=(0, 4))


def interferes(number):
    keystead("rotate", f"contended-{number % CONTENDED}", allowed=(0, 4), json_out=True)
    keystead("destroy", f"kept-{number % 8}", "--cancel", allowed=(0, 4))


LOOPS = [timer, timer, makes, rotates, suspends, revokes, destroys, plans, makes_many, shares, shares_too, interferes]


def looping(loop, end):
    """One loop until its time is over."""
    number = 0
    while time.monotonic() < end and not troubles:
        loop(number)
        number += 1


def all_at_once(_window):
    """Two timers and ten shells at once, beside the window's own due work"""
    end = time.monotonic() + SECONDS
    threads = [threading.Thread(target=looping, args=(loop, end)) for loop in LOOPS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise Failed("\n".join(troubles))


def the_window_goes_on(window):
    """The window shows what shells did last, and makes a key itself"""
    keystead("generate", "a-last-one", "--purpose", "ssh", marker="a-last-one")
    window.see("a-last-one, .*", "table row", 60)
    make(window, "a-window-made-one")
    window.see("a-window-made-one, .*", "table row", 60)
    window.shot("afterwards")


def what_is_left_is_done(_window):
    """What fell due until now is carried out"""
    wait = (LAST_WAIT_ENDS - datetime.now(timezone.utc)).total_seconds()
    time.sleep(max(0, wait) + 9)
    keystead("rotate", "--due", json_out=True)
    if troubles:
        raise Failed("\n".join(troubles))
    with open(os.path.join(FILES, "acknowledged.json"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


start(opens, unlocks, keys_fall_due, all_at_once, the_window_goes_on, what_is_left_is_done)
