//! Discover: folders, what is found in them, and what becomes of it.

use std::path::PathBuf;

use egui::Theme;
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::discover::{Discovery, discover};
use keystead::custodian::link::{Report, Request};
use keystead::custodian::{NoProgress, Outcome};
use keystead::model::{Command, Inventory};

use crate::pictures::Album;
use crate::policies::shows;
use crate::stage::{self, Window, act, click, settle};
use crate::world;

/// A folder with a private key of mode 0644 in a git tree, its copy, and text.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n";
    for (name, text) in [("shop/deploy.pem", key), ("shop/.git/HEAD", ""), ("copy.pem", key), ("notes", "text")] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

/// What lies there, as if it lay in a folder of the same name on every machine.
fn found(folder: &tempfile::TempDir) -> Discovery {
    let mut found = discover(&[folder.path().to_owned()], None, &Inventory::default(), world::now(), &NoProgress);
    for finding in &mut found.findings {
        let own = folder.path().to_string_lossy().into_owned();
        finding.object.path = finding.object.path.replace(&own, "/srv/www");
    }
    found
}

/// The screen with what was found.
fn discovered(appearance: Theme) -> Window<'static> {
    let folder = folder();
    let mut window = stage::usual(appearance);
    act(&mut window, "Discover");
    settle(&mut window);
    let report = Report::Discovered { ticket: keystead::custodian::link::Ticket(0), discovery: Box::new(found(&folder)) };
    window.state().report(report);
    settle(&mut window);
    window
}

#[test]
fn what_was_found_is_filtered_by_risk_and_tracked_or_brought_in() {
    let mut window = discovered(Theme::Light);
    assert!(shows(&window, "PKCS#8 private key, /srv/www/copy.pem, No passphrase"));
    click(&mut window, "In version control 1");
    assert!(!shows(&window, "/srv/www/copy.pem, No"), "only what lies in a tree");
    window.get_by_label_contains("/srv/www/shop/deploy.pem").click();
    settle(&mut window);
    click(&mut window, "Track");
    let Some(Command::Track(paths)) = window.state().command().cloned() else { panic!("nothing was tracked") };
    assert_eq!(paths, [PathBuf::from("/srv/www/shop/deploy.pem")]);
    assert!(shows(&window, "Tracking"), "it is told while it goes on");
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    click(&mut window, "Bring in and remove the file");
    let asked = window.state().asked.last().map(|(_, request)| request);
    assert!(matches!(asked, Some(Request::BringIn { remove: true, .. })));
}

#[test]
fn discover_pictures() {
    let mut album = Album::default();
    album.both("discover-found", |appearance| {
        let mut window = discovered(appearance);
        window.get_by_label_contains("/srv/www/shop/deploy.pem").click();
        settle(&mut window);
        window.remove_cursor();
        settle(&mut window);
        window
    });
}
