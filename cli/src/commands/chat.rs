//! `chat`: a question a line, with history. Lines that begin with a colon are for the program.

use std::{path::PathBuf, process::ExitCode};

use domain::{answer::Answer, principal::Principal};
use rustyline::{DefaultEditor, error::ReadlineError};

use super::print;
use crate::{
    args::{ChatArgs, IdentityArgs, RoleArg},
    asker::{Asker, Question},
    identity,
    parts::Context,
    render::render,
};

const HELP: &str = "\
  :role analyst [N]   ask as an analyst (whose \"I\" is customer N)
  :role shopper N     ask as customer N
  :role guest         ask as a visitor who is not signed in
  :why                the calls, statements and rows behind the last answer
  :new                forget the conversation
  :help               this
  :quit               leave (so does Ctrl-D); Ctrl-C stops an answer
";

/// What a line of the user is.
#[derive(Debug, PartialEq)]
enum Line {
    Question(String),
    Role(IdentityArgs),
    Why,
    New,
    Help,
    Quit,
    Wrong(String),
    Blank,
}

/// The conversation as it stands.
struct Conversation {
    principal: Principal,
    session_id: Option<String>,
    last: Option<Answer>,
}

pub(super) fn run(context: &Context, args: &ChatArgs) -> anyhow::Result<ExitCode> {
    let principal = identity::principal(&args.identity).unwrap_or_else(|error| super::wrong_usage(error));
    let runtime = context.runtime()?;
    let asker = runtime.block_on(Asker::open(context))?;
    let mut editor = DefaultEditor::new()?;
    let history: PathBuf = context.lake_path().join(".chat_history");
    // No history yet is no failure.
    let _missing = editor.load_history(&history);
    eprintln!("run {}; :help lists what else can be typed", asker.run_id());
    let mut conversation = Conversation { principal, session_id: args.session.clone(), last: None };
    loop {
        let line = match editor.readline(&format!("{}> ", conversation.principal.role())) {
            Ok(line) => line,
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => break,
            Err(error) => return Err(error.into()),
        };
        if !line.trim().is_empty() {
            editor.add_history_entry(line.trim())?;
        }
        match parse(&line) {
            Line::Question(message) => {
                let question = Question {
                    message,
                    principal: conversation.principal.clone(),
                    session_id: conversation.session_id.clone(),
                    planner: identity::planner(args.planner),
                };
                let answer = runtime.block_on(asker.ask(question));
                print(&render(&answer))?;
                if !answer.session_id.is_empty() {
                    conversation.session_id = Some(answer.session_id.clone());
                }
                conversation.last = Some(answer);
            }
            Line::Quit => break,
            other => react(other, &mut conversation)?,
        }
    }
    if let Err(error) = editor.save_history(&history) {
        tracing::warn!(%error, "the history could not be saved");
    }
    Ok(ExitCode::SUCCESS)
}

/// Everything that is neither a question nor the end.
fn react(line: Line, conversation: &mut Conversation) -> anyhow::Result<()> {
    match line {
        Line::Role(args) => match identity::principal(&args) {
            Ok(principal) => {
                eprintln!("you are now {}", principal.subject());
                *conversation = Conversation { principal, session_id: None, last: None };
            }
            Err(error) => eprintln!("{error}"),
        },
        Line::Why => match &conversation.last {
            Some(answer) => print(&format!("{}\n", serde_json::to_string_pretty(&answer.evidence)?))?,
            None => eprintln!("nothing has been answered yet"),
        },
        Line::New => {
            conversation.session_id = None;
            conversation.last = None;
            eprintln!("a new conversation");
        }
        Line::Help => print(HELP)?,
        Line::Wrong(problem) => eprintln!("{problem}"),
        Line::Question(_) | Line::Quit | Line::Blank => {}
    }
    Ok(())
}

fn parse(line: &str) -> Line {
    let line = line.trim();
    let Some(command) = line.strip_prefix(':') else {
        return if line.is_empty() { Line::Blank } else { Line::Question(line.to_owned()) };
    };
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        ["quit" | "q" | "exit"] => Line::Quit,
        ["help" | "h"] => Line::Help,
        ["why"] => Line::Why,
        ["new"] => Line::New,
        ["role", role, rest @ ..] => parse_role(role, rest),
        _ => Line::Wrong(format!("{line:?} is no command; :help lists them")),
    }
}

fn parse_role(role: &str, rest: &[&str]) -> Line {
    let role = match role {
        "guest" => RoleArg::Guest,
        "shopper" => RoleArg::Shopper,
        "analyst" => RoleArg::Analyst,
        other => return Line::Wrong(format!("{other:?} is no role; use guest, shopper N or analyst")),
    };
    match rest {
        [] => Line::Role(IdentityArgs { role: Some(role), user: None }),
        [user] => match user.parse() {
            Ok(user) => Line::Role(IdentityArgs { role: Some(role), user: Some(user) }),
            Err(_) => Line::Wrong(format!("{user:?} is no customer number")),
        },
        _ => Line::Wrong("write :role shopper N".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_question_unless_it_begins_with_a_colon() {
        assert_eq!(parse(" what should I buy? "), Line::Question("what should I buy?".into()));
        assert_eq!(parse("   "), Line::Blank);
        assert_eq!(parse(":q"), Line::Quit);
        assert!(matches!(parse(":buy"), Line::Wrong(_)));
    }

    #[test]
    fn a_role_may_carry_a_customer() {
        let expected = IdentityArgs { role: Some(RoleArg::Shopper), user: Some(7) };
        assert_eq!(parse(":role shopper 7"), Line::Role(expected));
        assert!(matches!(parse(":role shopper seven"), Line::Wrong(_)));
        assert!(matches!(parse(":role root"), Line::Wrong(_)));
    }
}
