//! Values within a table: given, taken out, and items of lists put in, taken out and moved.

use super::at::Step;
use super::cells::Cells;
use super::sheet::{Sheet, Splice, Trail, apply, is_headed};
use super::{Data, keys, tables, wanted};

/// A place in a file.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) part: &'a str,
    pub(super) index: usize,
    pub(super) path: &'a [Step],
}

/// The new text, and what it has to say.
pub(super) type Done = (String, Data);

/// How often a text is read again for one value; beyond that the value is written anew as a whole.
const MAX_PIECES: usize = 64;

/// Gives a place this value.
pub(super) fn set(text: &str, spot: &Spot<'_>, value: &Data) -> Result<Done, String> {
    let expected = wanted::set(text, spot, value)?;
    let mut pieces = Pieces {
        text: text.to_owned(),
        left: MAX_PIECES,
    };
    pieces.set(spot, value)?;
    Ok((pieces.text, expected))
}

/// Takes a key out.
pub(super) fn unset(text: &str, spot: &Spot<'_>) -> Result<Done, String> {
    let Some(Step::Key(_)) = spot.path.last() else {
        return Err("`path` ends with a key".to_owned());
    };
    let expected = wanted::unset(text, spot)?;
    Ok((take_out(text, spot)?, expected))
}

/// Takes an entry out.
pub(super) fn remove_entry(text: &str, part: &str, index: usize) -> Result<String, String> {
    let path = &[];
    take_out(text, &Spot { part, index, path })
}

/// Takes out what a place holds: as often as it is still there, since what is written in several places goes one by one.
fn take_out(text: &str, spot: &Spot<'_>) -> Result<String, String> {
    let mut text = text.to_owned();
    let count = |sheet: &Sheet<'_>| sheet.entries(spot.part).len();
    let before = count(&Sheet::read(&text)?);
    for _ in 0..MAX_PIECES {
        let sheet = Sheet::read(&text)?;
        let item = spot
            .path
            .last()
            .is_none_or(|step| matches!(step, Step::Index(_)));
        if spot.path.is_empty() && count(&sheet) < before {
            break;
        }
        let Ok(trail) = sheet.walk(spot.part, spot.index, spot.path) else {
            break;
        };
        if !trail.rest.is_empty() {
            break;
        }
        let splices = keys::take_out(&sheet, &trail)?;
        let next = apply(&text, splices);
        if next == text {
            return Err("there is nothing to take out".to_owned());
        }
        text = next;
        if item && !spot.path.is_empty() {
            break;
        }
    }
    Ok(text)
}

/// Puts an item into a list.
pub(super) fn insert_item(
    text: &str,
    list: &Spot<'_>,
    at: usize,
    value: &Data,
) -> Result<Done, String> {
    let expected = wanted::inserted(text, list, at, value)?;
    let mut pieces = Pieces {
        text: text.to_owned(),
        left: MAX_PIECES,
    };
    pieces.insert(list, at, value)?;
    Ok((pieces.text, expected))
}

/// Takes an item out of a list.
pub(super) fn remove_item(text: &str, list: &Spot<'_>, at: usize) -> Result<Done, String> {
    let expected = wanted::item_removed(text, list, at)?;
    Ok((take_item(text, list, at)?, expected))
}

fn take_item(text: &str, list: &Spot<'_>, at: usize) -> Result<String, String> {
    let mut path = list.path.to_vec();
    path.push(Step::Index(at));
    take_out(
        text,
        &Spot {
            path: &path,
            ..*list
        },
    )
}

/// Moves an item of a list.
pub(super) fn move_item(text: &str, list: &Spot<'_>, at: usize, to: usize) -> Result<Done, String> {
    let expected = wanted::item_moved(text, list, at, to)?;
    let sheet = Sheet::read(text)?;
    let trail = sheet.walk(list.part, list.index, list.path)?;
    let node = trail.last().node;
    if is_headed(node) {
        let splices = tables::rotate(&sheet, node.list().unwrap_or_default(), at, to)?;
        return Ok((apply(text, splices), expected));
    }
    let cells = Cells::of_list(&sheet, node).ok_or("its brackets are not found")?;
    Ok((apply(text, tables::move_cell(&cells, at, to)), expected))
}

/// A text that is changed piece by piece, so that each piece leaves what is around it alone.
struct Pieces {
    text: String,
    left: usize,
}

impl Pieces {
    fn make(
        &mut self,
        change: impl FnOnce(&Sheet<'_>) -> Result<Vec<Splice>, String>,
    ) -> Result<(), String> {
        let sheet = Sheet::read(&self.text)?;
        let splices = change(&sheet)?;
        self.text = apply(&self.text, splices);
        self.left = self.left.saturating_sub(1);
        Ok(())
    }

    fn set(&mut self, spot: &Spot<'_>, value: &Data) -> Result<(), String> {
        let sheet = Sheet::read(&self.text)?;
        let trail = sheet.walk(spot.part, spot.index, spot.path)?;
        if let Some((step, rest)) = trail.rest.split_first() {
            let Step::Key(key) = step else {
                return Err("there is no item with that number".to_owned());
            };
            let value = nested(rest, value)?;
            let splices = keys::insert(&sheet, &trail, key, &value)?;
            self.text = apply(&self.text, splices);
            return Ok(());
        }
        let node = trail.last().node;
        let old = Data::of(node);
        if old.is_exactly(value) {
            return Ok(());
        }
        match (&old, value) {
            (Data::Table(before), Data::Table(after)) if self.keeps(&trail, before, after) => {
                drop(sheet);
                self.table(spot, &old, value)
            }
            (Data::List(before), Data::List(after)) if is_headed(node) || self.left > 1 => {
                let headed = is_headed(node);
                drop(sheet);
                self.list(spot, headed, before, after)
            }
            _ if !is_piece(&trail) => Err("a table with lines of its own stays one".to_owned()),
            (Data::Date(_), Data::Text(text)) if text.parse::<toml_edit::Datetime>().is_ok() => {
                self.make(|sheet| {
                    let trail = sheet.walk(spot.part, spot.index, spot.path)?;
                    Ok(keys::replace(
                        sheet,
                        trail.last().node,
                        &Data::Date(text.clone()),
                    ))
                })
            }
            _ => self.make(|sheet| {
                let trail = sheet.walk(spot.part, spot.index, spot.path)?;
                Ok(keys::replace(sheet, trail.last().node, value))
            }),
        }
    }

    /// Whether a table is changed key by key: unless it is in braces and its keys come in another order.
    fn keeps(
        &self,
        trail: &Trail<'_>,
        before: &[(String, Data)],
        after: &[(String, Data)],
    ) -> bool {
        let common = |one: &[(String, Data)], other: &[(String, Data)]| -> Vec<String> {
            let known = |key: &String| other.iter().any(|(other, _)| other == key);
            let keys = one.iter().map(|(key, _)| key.clone());
            keys.filter(known).collect()
        };
        !is_piece(trail) || (self.left > 1 && common(before, after) == common(after, before))
    }

    /// Changes a table key by key.
    fn table(&mut self, spot: &Spot<'_>, before: &Data, after: &Data) -> Result<(), String> {
        let (Data::Table(old), Data::Table(new)) = (before, after) else {
            return Ok(());
        };
        let below = |key: &String| {
            let mut path = spot.path.to_vec();
            path.push(Step::Key(key.clone()));
            path
        };
        for (key, value) in new {
            let path = below(key);
            self.set(
                &Spot {
                    path: &path,
                    ..*spot
                },
                value,
            )?;
        }
        for (key, _) in old.iter().filter(|(key, _)| after.get(key).is_none()) {
            let path = below(key);
            self.text = take_out(
                &self.text,
                &Spot {
                    path: &path,
                    ..*spot
                },
            )?;
        }
        Ok(())
    }

    /// Changes a list item by item: what is the same at both ends stays.
    fn list(
        &mut self,
        spot: &Spot<'_>,
        headed: bool,
        before: &[Data],
        after: &[Data],
    ) -> Result<(), String> {
        let same = |pair: &(&Data, &Data)| pair.0.is_exactly(pair.1);
        let head = before.iter().zip(after).take_while(same).count();
        let (old, new) = (&before[head..], &after[head..]);
        let tail = old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take_while(same)
            .count();
        let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
        if !headed && old.len().max(new.len()) > self.left {
            let value = Data::List(after.to_vec());
            return self.make(|sheet| {
                let trail = sheet.walk(spot.part, spot.index, spot.path)?;
                Ok(keys::replace(sheet, trail.last().node, &value))
            });
        }
        let common = old.len().min(new.len());
        for (at, item) in (head..).zip(&new[..common]) {
            let mut path = spot.path.to_vec();
            path.push(Step::Index(at));
            self.set(
                &Spot {
                    path: &path,
                    ..*spot
                },
                item,
            )?;
        }
        for (at, item) in (head + common..).zip(&new[common..]) {
            self.insert(spot, at, item)?;
        }
        for at in (head + common..head + old.len()).rev() {
            self.text = take_item(&self.text, spot, at)?;
        }
        Ok(())
    }

    fn insert(&mut self, spot: &Spot<'_>, at: usize, value: &Data) -> Result<(), String> {
        let sheet = Sheet::read(&self.text)?;
        let trail = sheet.walk(spot.part, spot.index, spot.path)?;
        let node = trail.last().node;
        let one = match Data::of(node) {
            _ if !trail.rest.is_empty() => Some(Data::List(vec![value.clone()])),
            Data::List(_) => None,
            Data::Table(_) => return Err("only a list takes an item".to_owned()),
            single @ (Data::Text(_)
            | Data::Whole(_)
            | Data::Fraction(_)
            | Data::Flag(_)
            | Data::Date(_)) => Some(Data::List(if at == 0 {
                vec![value.clone(), single]
            } else {
                vec![single, value.clone()]
            })),
        };
        if let Some(list) = one {
            drop(sheet);
            return self.set(spot, &list);
        }
        let splices = if is_headed(node) {
            tables::insert_headed(&sheet, &trail, at, value)?
        } else {
            let cells = Cells::of_list(&sheet, node).ok_or("its brackets are not found")?;
            let at = at.min(cells.len());
            let new = sheet.broken(&value.written(cells.column(at)));
            cells.insert(at, &new)
        };
        self.text = apply(&self.text, splices);
        Ok(())
    }
}

/// Whether the end of a trail is written as one piece, so that another value can be put in its place.
fn is_piece(trail: &Trail<'_>) -> bool {
    use super::super::tree::Form;
    let node = trail.last().node;
    let braces = node.table().is_none_or(|table| table.form == Form::Braces);
    braces && !is_headed(node)
}

/// A value below keys that are not there yet.
fn nested(path: &[Step], value: &Data) -> Result<Data, String> {
    path.iter()
        .rev()
        .try_fold(value.clone(), |value, step| match step {
            Step::Key(key) => Ok(Data::Table(vec![(key.clone(), value)])),
            Step::Index(0) => Ok(Data::List(vec![value])),
            Step::Index(_) => Err("there is no item with that number".to_owned()),
        })
}
