//! Each fix that is offered mends what it is offered for.

use super::super::compile;
use super::codes::cases;
use super::{BASE, said};
use crate::rules::{Counts, Diagnostic, SourceFile, mend};

fn files(source: &str) -> Vec<SourceFile> {
    vec![
        SourceFile::new("base.toml", BASE),
        SourceFile::new("rules.toml", source),
    ]
}

fn count(said: &[Diagnostic], like: &Diagnostic) -> usize {
    let same = said
        .iter()
        .filter(|d| d.code == like.code && d.message == like.message);
    same.count()
}

/// Mistakes beside those of the codes, for fixes that no code's case leads to.
const MORE: &[&str] = &[
    "[[page_type]]\nname = \"p\"\nmatch = \"plans\"\n",
    "[[page_type]]\nname = \"p\"\nmatch = \"/p?x=1\"\n",
    "[page_type]\nname = \"p\"\nmatch = \"/p\"\n",
    "[[trigger]]\nid = \"t\"\nholdout = \"10\"\ncooldown = \"1.5h\"\n[trigger.invitaton]\nmessage = { en = \"Hello\" }\n",
    "[[trigger]]\nname = \"Say Hello!\"\ninvitation = { message = { en_GB = \"Hello\" } }\n",
    "[[trigger]]\nid = \"t\"\npriority = \"5\"\nall = { field = \"page.scroll\", gte = \"3\" }\ninvitation = { message = { en = \"Hello\" }, default_lang = \"eng\" }\n",
    "[[score_rule]]\nid = \"t\"\nscore = \"bye\"\non = \"page_veiw\"\npoints = 5\npage_type = [\"prcing\", \"help\"]\nnot = { field = \"session.views.prcing\", at_least = 1 }\n",
    "[[score_rule]]\nid = \"t\"\nscore = \"buy\"\non = \"page_view\"\npoints = 5\nall = [ { felid = \"page.type\", equals = \"help\" }, { field = \"stage.buy\", equals = \"hto\" } ]\n",
    "[policy]\nmax_per_sesion = 5\nrequire_available_agent = \"true\"\nnever_on = \"hlep\"\n",
];

#[test]
fn every_fix_mends_its_mistake() {
    let mut offered = 0;
    let sources = cases().into_iter().map(|(_, source)| source);
    for source in sources.chain(MORE.iter().map(|source| (*source).to_owned())) {
        let files = files(&source);
        let before = said(compile(&files));
        for diagnostic in &before {
            for fix in &diagnostic.fixes {
                let mended = fix.apply(&files);
                let after = said(compile(&mended));
                assert!(
                    count(&after, diagnostic) < count(&before, diagnostic),
                    "`{}` does not mend {diagnostic:#?} of\n{source}\nIt makes\n{}\n{after:#?}",
                    fix.title,
                    mended[1].text
                );
                offered += 1;
            }
        }
    }
    assert!(offered > 50, "only {offered} fixes are offered");
}

#[test]
fn plain_mistakes_are_mended_together() {
    let source = "[[score_rule]]\nid = 5\nscore = \"bye\"\non = \"page_veiw\"\npionts = 5\npage_type = \"prcing\"\nall = { field = \"page.activ\", gte = \"5 min\" }\n";
    let source = source.replace("bye", "by");
    let files = files(&source);
    assert!(Counts::of(&said(compile(&files))).errors >= 5);
    let mended = mend(&files);
    assert_eq!(
        mended.files[1].text,
        "[[score_rule]]\nid = \"5\"\nscore = \"buy\"\non = \"page_view\"\npoints = 5\npage_type = \"pricing\"\nall = [{ field = \"page.active\", at_least = \"5m\" }]\n"
    );
    assert!(compile(&mended.files).is_ok());
    assert!(mended.done.len() >= 8, "{:#?}", mended.done);
    assert_eq!(mended.files[0], files[0], "what is well is left alone");
}

#[test]
fn what_a_person_must_decide_is_left_alone() {
    let source = "[[score_rule]]\nid = \"My Rule\"\nscore = \"buy\"\non = \"identify\"\npoints = 5\nnonsense = 5\n";
    let files = files(source);
    let mended = mend(&files);
    assert_eq!((mended.files, mended.done), (files, Vec::new()));
}
