//! Completions and manual pages, made from the grammar itself.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::args::Cli;
use super::end::{End, Ends, Failure};
use super::output::{line, print};

#[derive(Args)]
#[command(after_help = "\
Examples:
  keystead completions bash >~/.local/share/bash-completion/completions/keystead
  keystead completions fish >~/.config/fish/completions/keystead.fish")]
pub(super) struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh
    shell: Shell,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  keystead man | man -l -\n  keystead man --out ~/.local/share/man/man1")]
pub(super) struct ManArgs {
    /// Write the page of every command to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints completions.
pub(super) fn completions(args: &CompletionsArgs) -> Ends {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "keystead", &mut script);
    print(&script)?;
    Ok(End::Done)
}

/// Prints the manual page, or writes all of them.
pub(super) fn man(args: &ManArgs) -> Ends {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = &args.out else {
        print(&page(&command)?)?;
        return Ok(End::Done);
    };
    let mut written = 0;
    pages(&command, "keystead", folder, &mut written)?;
    line(&format!("Wrote {written} pages to {}.", folder.display()))?;
    Ok(End::Done)
}

fn page(command: &clap::Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let made = clap_mangen::Man::new(command.clone()).render(&mut page);
    made.map_err(|cause| Failure::failed(format!("The manual page cannot be made: {cause}.")))?;
    Ok(page)
}

fn pages(command: &clap::Command, name: &str, folder: &Path, written: &mut usize) -> Result<(), Failure> {
    let path = folder.join(format!("{name}.1"));
    let page = page(command)?;
    std::fs::write(&path, page).map_err(|cause| Failure::failed(format!("{} cannot be written: {cause}.", path.display())))?;
    *written += 1;
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help") {
        pages(inner, &format!("{name}-{}", inner.get_name()), folder, written)?;
    }
    Ok(())
}
