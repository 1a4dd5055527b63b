//! What the desktop session tells: that it was locked, or that the machine goes to sleep. The window
//! locks with it. Where a platform tells nothing, idle time and Ctrl+L remain.

use std::sync::mpsc::{Receiver, channel};

use crate::custodian::Wake;

/// Watches the session for as long as the receiver lives; each message asks to lock.
#[cfg(target_os = "linux")]
pub fn watch(wake: &Wake) -> Receiver<()> {
    let (sender, receiver) = channel();
    for (name, listen) in [("session-lock", linux::screen_savers as linux::Listen), ("session-sleep", linux::login_manager)] {
        let (sender, wake) = (sender.clone(), wake.clone());
        let told = move || {
            let heard = sender.send(()).is_ok();
            wake();
            heard
        };
        // Without a thread or a bus nobody tells; that is as on a platform that tells nothing.
        let _ = std::thread::Builder::new().name(name.into()).spawn(move || listen(&told));
    }
    receiver
}

/// Nothing tells here.
#[cfg(not(target_os = "linux"))]
pub fn watch(_: &Wake) -> Receiver<()> {
    channel().1
}

#[cfg(target_os = "linux")]
mod linux {
    use zbus::blocking::{Connection, MessageIterator, Proxy};
    use zbus::message::Type;
    use zbus::{MatchRule, Message};

    /// Listens until nobody wants to hear any more (`told` gives `false`) or the bus is gone.
    pub(super) type Listen = fn(&dyn Fn() -> bool);

    /// The interfaces on which screen savers say that they became active.
    const SAVERS: [&str; 4] =
        ["org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.cinnamon.ScreenSaver", "org.mate.ScreenSaver"];

    /// The session bus: a screen saver became active.
    pub(super) fn screen_savers(told: &dyn Fn() -> bool) {
        let Ok(connection) = Connection::session() else { return };
        let rule = MatchRule::builder().msg_type(Type::Signal).member("ActiveChanged").map(|rule| rule.build());
        let active = |message: &Message| {
            let header = message.header();
            let saver = header.interface().is_some_and(|interface| SAVERS.contains(&interface.as_str()));
            saver && message.body().deserialize::<bool>().unwrap_or(false)
        };
        listen(&connection, rule, active, told);
    }

    /// The system bus: this session is to be locked, or the machine is about to sleep.
    pub(super) fn login_manager(told: &dyn Fn() -> bool) {
        let Ok(connection) = Connection::system() else { return };
        let own = own_session(&connection);
        let rule = MatchRule::builder().msg_type(Type::Signal).sender("org.freedesktop.login1").map(|rule| rule.build());
        let locks = |message: &Message| {
            let header = message.header();
            match header.member().map(|member| member.as_str()) {
                Some("Lock") => header.path().map(|path| path.as_str()) == own.as_deref(),
                Some("PrepareForSleep") => message.body().deserialize::<bool>().unwrap_or(false),
                _ => false,
            }
        };
        listen(&connection, rule, locks, told);
    }

    /// The path of the session this program runs in.
    fn own_session(connection: &Connection) -> Option<String> {
        let manager =
            Proxy::new(connection, "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager").ok()?;
        let path: zbus::zvariant::OwnedObjectPath = manager.call("GetSessionByPID", &std::process::id()).ok()?;
        Some(path.to_string())
    }

    fn listen(
        connection: &Connection,
        rule: Result<MatchRule<'static>, zbus::Error>,
        wanted: impl Fn(&Message) -> bool,
        told: &dyn Fn() -> bool,
    ) {
        let Some(messages) = rule.ok().and_then(|rule| MessageIterator::for_match_rule(rule, connection, None).ok()) else {
            return;
        };
        for message in messages.flatten() {
            if wanted(&message) && !told() {
                return;
            }
        }
    }
}
