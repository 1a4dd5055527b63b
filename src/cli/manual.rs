//! Completions and the manual page, made from the grammar.

use clap::CommandFactory as _;

use super::grammar::Cli;
use super::print::Out;
use super::{FAILED, Failure, Step};

/// Completions for a shell.
pub fn completions(shell: clap_complete::Shell, out: &mut Out) -> Step {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "keystead", &mut text);
    out.bytes(&text);
    Step::Done
}

/// The manual page with every command.
pub fn page(out: &mut Out) -> Result<Step, Failure> {
    let mut text = Vec::new();
    let mut render = |command: clap::Command| clap_mangen::Man::new(command).render(&mut text);
    let mut root = Cli::command();
    root.build();
    let pages = std::iter::once(root.clone()).chain(leaves(&root));
    pages
        .into_iter()
        .try_for_each(&mut render)
        .map_err(|error| Failure { code: FAILED, sentence: format!("The manual page could not be made: {error}.") })?;
    out.bytes(&text);
    Ok(Step::Done)
}

/// Every command that does something, under its whole name.
fn leaves(command: &clap::Command) -> Vec<clap::Command> {
    let shown = command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help");
    shown.flat_map(|sub| if sub.has_subcommands() { leaves(sub) } else { vec![sub.clone()] }).collect()
}
