//! The icons of the shipped subset of Phosphor, one for each purpose, store kind and action.
//!
//! `assets/fonts/icons.txt` lists what the subset holds; its script prints the table below.

use egui::{Align2, Color32, FontId, Painter, Pos2, RichText};

use super::fonts;
use crate::model::{Purpose, StoreKind};

macro_rules! icons {
    ($($name:ident = $code:literal, $phosphor:literal;)*) => {
        /// An icon by what it shows.
        #[derive(Debug, Copy, Clone, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Icon {
            $(#[doc = concat!("Phosphor `", $phosphor, "`.")] $name = $code,)*
        }

        impl Icon {
            /// Every icon of the subset.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

icons! {
    Globe = 0xe288, "globe";
    IdCard = 0xe2c8, "identification-card";
    Terminal = 0xeae8, "terminal-window";
    Package = 0xe390, "package";
    Signature = 0xebac, "signature";
    Brackets = 0xe860, "brackets-curly";
    Tree = 0xe67c, "tree-structure";
    Sliders = 0xe434, "sliders-horizontal";
    Key = 0xe2d6, "key";
    Timeline = 0xe152, "chart-bar-horizontal";
    Bell = 0xe0ce, "bell";
    BellSnooze = 0xe5ee, "bell-z";
    BellRinging = 0xe5e8, "bell-ringing";
    BellSlash = 0xe0d4, "bell-slash";
    PaperPlane = 0xe398, "paper-plane-tilt";
    Scroll = 0xeb7a, "scroll";
    Vault = 0xe76e, "vault";
    FileLock = 0xe95c, "file-lock";
    Cpu = 0xe610, "cpu";
    Cloud = 0xe1aa, "cloud";
    Gear = 0xe272, "gear-six";
    Lock = 0xe308, "lock-simple";
    LockOpen = 0xe30a, "lock-simple-open";
    Search = 0xe30c, "magnifying-glass";
    Plus = 0xe3d4, "plus";
    Minus = 0xe32a, "minus";
    Close = 0xe4f6, "x";
    CaretUp = 0xe13c, "caret-up";
    CaretDown = 0xe136, "caret-down";
    CaretRight = 0xe13a, "caret-right";
    CaretLeft = 0xe138, "caret-left";
    More = 0xe1fe, "dots-three";
    Copy = 0xe1ca, "copy";
    Check = 0xe182, "check";
    CheckCircle = 0xe184, "check-circle";
    SealCheck = 0xe606, "seal-check";
    Warning = 0xe4e0, "warning";
    WarningDiamond = 0xe7fc, "warning-diamond";
    WarningCircle = 0xe4e2, "warning-circle";
    Info = 0xe2ce, "info";
    Question = 0xe3e8, "question";
    ArrowRight = 0xe06c, "arrow-right";
    ArrowLeft = 0xe058, "arrow-left";
    ArrowUp = 0xe08e, "arrow-up";
    ArrowDown = 0xe03e, "arrow-down";
    Rotate = 0xe094, "arrows-clockwise";
    Undo = 0xe038, "arrow-counter-clockwise";
    Export = 0xeaf0, "export";
    Certificate = 0xe766, "certificate";
    Pencil = 0xe3b4, "pencil-simple";
    Trash = 0xe4a6, "trash";
    Pause = 0xe39e, "pause";
    Play = 0xe3d0, "play";
    Square = 0xe45e, "square";
    Prohibit = 0xe3de, "prohibit";
    Calendar = 0xe10a, "calendar-blank";
    Funnel = 0xe266, "funnel";
    Columns = 0xe546, "columns";
    Download = 0xe20c, "download-simple";
    Upload = 0xe4c0, "upload-simple";
    ListPlus = 0xe2f8, "list-plus";
    List = 0xe2f2, "list-bullets";
    Clock = 0xe19a, "clock";
    Hourglass = 0xe2b2, "hourglass";
    User = 0xe4c2, "user";
    Users = 0xe4d6, "users";
    Tag = 0xe478, "tag";
    ShieldCheck = 0xe40c, "shield-check";
    ShieldWarning = 0xe412, "shield-warning";
    FolderOpen = 0xe256, "folder-open";
    Folder = 0xe24a, "folder";
    File = 0xe230, "file";
    FileText = 0xe23a, "file-text";
    Files = 0xe710, "files";
    Keyboard = 0xe2d8, "keyboard";
    Command = 0xe1c4, "command";
    Moon = 0xe330, "moon";
    Sun = 0xe472, "sun";
    Monitor = 0xe32e, "monitor";
    Eye = 0xe220, "eye";
    EyeSlash = 0xe224, "eye-slash";
    Dice = 0xe1ee, "dice-five";
    Password = 0xe752, "password";
    Clipboard = 0xe198, "clipboard-text";
    Link = 0xe2e2, "link";
    Plug = 0xe946, "plug";
    Connected = 0xeb5a, "plugs-connected";
    SignIn = 0xe428, "sign-in";
    SignOut = 0xe42a, "sign-out";
    Save = 0xe248, "floppy-disk";
    Archive = 0xe00c, "archive";
    CloudOff = 0xe1b6, "cloud-slash";
    Offline = 0xe4f2, "wifi-slash";
    Fingerprint = 0xe23e, "fingerprint";
    Hash = 0xe2a2, "hash";
    Note = 0xe34c, "note-pencil";
    Mail = 0xe218, "envelope-simple";
    Chart = 0xe156, "chart-line-up";
    Flag = 0xe244, "flag";
    Skull = 0xe916, "skull";
    Spinner = 0xe66a, "spinner";
    Usb = 0xe956, "usb";
    Database = 0xe1de, "database";
    OpenOutside = 0xe5de, "arrow-square-out";
    SortAscending = 0xe444, "sort-ascending";
    SortDescending = 0xe446, "sort-descending";
    Rows = 0xe484, "text-align-left";
    Circle = 0xe18a, "circle";
    Diamond = 0xe1ec, "diamond";
    Triangle = 0xe4b0, "triangle";
    Pin = 0xe316, "map-pin";
    PushPin = 0xe3e2, "push-pin";
    Palette = 0xe6c8, "palette";
    Printer = 0xe3dc, "printer";
    QrCode = 0xe3e6, "qr-code";
    Handshake = 0xe582, "handshake";
    Branch = 0xe278, "git-branch";
    Checklist = 0xeadc, "list-checks";
    Stack = 0xe466, "stack";
}

impl Icon {
    /// Its code point in the private use area of both fonts.
    pub fn glyph(self) -> char {
        char::from_u32(self as u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// The font in which it is drawn: outlined, or filled for what is chosen.
    pub fn font(size: f32, filled: bool) -> FontId {
        FontId::new(size, fonts::family(if filled { fonts::ICONS_FILL } else { fonts::ICONS }))
    }

    /// As text for labels; icons in a sentence.
    pub fn rich(self, size: f32) -> RichText {
        RichText::new(self.glyph()).font(Self::font(size, false))
    }

    /// Paints it with its centre there.
    pub fn paint(self, painter: &Painter, centre: Pos2, size: f32, colour: Color32) {
        painter.text(centre, Align2::CENTER_CENTER, self.glyph(), Self::font(size, false), colour);
    }

    /// Paints its filled form with its centre there.
    pub fn paint_filled(self, painter: &Painter, centre: Pos2, size: f32, colour: Color32) {
        painter.text(centre, Align2::CENTER_CENTER, self.glyph(), Self::font(size, true), colour);
    }

    /// The icon of an action, by the name in the table of actions.
    pub fn of_action(name: &str) -> Self {
        match name {
            "plus" | "zoom-in" => Self::Plus,
            "list-plus" => Self::ListPlus,
            "export" => Self::Export,
            "certificate" => Self::Certificate,
            "seal-check" => Self::SealCheck,
            "paper-plane" => Self::PaperPlane,
            "signature" => Self::Signature,
            "terminal-window" => Self::Terminal,
            "pencil" => Self::Pencil,
            "copy" => Self::Copy,
            "undo" => Self::Undo,
            "magnifier" => Self::Search,
            "command" => Self::Command,
            "check-square" | "list-checks" => Self::Checklist,
            "file-lock" => Self::FileLock,
            "stack" => Self::Stack,
            "lock" => Self::Lock,
            "lock-open" => Self::LockOpen,
            "key" => Self::Key,
            "timeline" => Self::Timeline,
            "bell" => Self::Bell,
            "scroll" => Self::Scroll,
            "vault" => Self::Vault,
            "gear" => Self::Gear,
            "shield-check" | "lifebuoy" => Self::ShieldCheck,
            "download" => Self::Download,
            "folder-open" => Self::FolderOpen,
            "password" => Self::Password,
            "archive" => Self::Archive,
            "warning" => Self::Warning,
            "clock" => Self::Clock,
            "moon" => Self::Moon,
            "zoom-out" => Self::Minus,
            "keyboard" => Self::Keyboard,
            "play" => Self::Play,
            "pause" => Self::Pause,
            "square" => Self::Square,
            "calendar" => Self::Calendar,
            "rotate" => Self::Rotate,
            "prohibit" => Self::Prohibit,
            "trash" => Self::Trash,
            "sign-in" => Self::SignIn,
            "plugs-connected" => Self::Connected,
            "users" => Self::Users,
            "qr-code" => Self::QrCode,
            "printer" => Self::Printer,
            _ => Self::ArrowRight,
        }
    }

    /// The icon of a kind of store.
    pub const fn of_store(kind: StoreKind) -> Self {
        match kind {
            StoreKind::Keychain => store::KEYCHAIN,
            StoreKind::Files | StoreKind::FilesByKeychain => store::FILES,
            StoreKind::Pkcs11 => store::TOKEN,
            StoreKind::OpenBao => store::SERVER,
        }
    }

    /// The icon of a purpose.
    pub const fn of_purpose(purpose: Purpose) -> Self {
        match purpose {
            Purpose::TlsServer => Self::Globe,
            Purpose::TlsClient => Self::IdCard,
            Purpose::Ssh => Self::Terminal,
            Purpose::CodeSigning => Self::Package,
            Purpose::DocumentSigning => Self::Signature,
            Purpose::TokenSigning => Self::Brackets,
            Purpose::RootOfTrust => Self::Tree,
            Purpose::Custom => Self::Sliders,
        }
    }
}

/// The icons of the kinds of stores.
pub mod store {
    use super::Icon;
    /// The OS keychain.
    pub const KEYCHAIN: Icon = Icon::Vault;
    /// Encrypted files.
    pub const FILES: Icon = Icon::FileLock;
    /// A PKCS#11 token.
    pub const TOKEN: Icon = Icon::Cpu;
    /// An `OpenBao` or Vault server.
    pub const SERVER: Icon = Icon::Cloud;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fonts_hold_every_icon() {
        let mut drawn = epaint_fonts();
        for icon in Icon::ALL {
            for filled in [false, true] {
                assert!(drawn.has_glyph(&Icon::font(16.0, filled), icon.glyph()), "{icon:?}");
            }
        }
    }

    fn epaint_fonts() -> egui::epaint::text::Fonts {
        egui::epaint::text::Fonts::new(egui::epaint::TextOptions::default(), fonts::definitions())
    }
}
