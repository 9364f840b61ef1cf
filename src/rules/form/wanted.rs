//! What a file has to say after an edit: worked out on its values, so that the edit of its text can be checked.

use super::Data;
use super::at::Step;
use super::set::Spot;
use super::sheet::Sheet;

/// The whole file, with the entries of a part as a list.
fn read(text: &str) -> Result<Data, String> {
    Ok(Sheet::read(text)?.data())
}

/// Changes a value of a file.
fn change(
    text: &str,
    spot: &Spot<'_>,
    alter: impl FnOnce(&mut Data) -> Result<(), String>,
) -> Result<Data, String> {
    let mut root = read(text)?;
    let entry = entry(&mut root, spot)?;
    alter(entry.reach(spot.path)?)?;
    Ok(root)
}

fn entry<'d>(root: &'d mut Data, spot: &Spot<'_>) -> Result<&'d mut Data, String> {
    let missing = || format!("there is no `{}` with the number {}", spot.part, spot.index);
    let part = root.get_mut(spot.part).ok_or_else(missing)?;
    if let Data::List(entries) = part {
        return entries.get_mut(spot.index).ok_or_else(missing);
    }
    if spot.index > 0 {
        Err(missing())
    } else {
        Ok(part)
    }
}

pub(super) fn set(text: &str, spot: &Spot<'_>, value: &Data) -> Result<Data, String> {
    let mut root = read(text)?;
    let place = entry(&mut root, spot)?.make_way(spot.path)?;
    *place = match (&*place, value) {
        (Data::Date(_), Data::Text(text)) if text.parse::<toml_edit::Datetime>().is_ok() => {
            Data::Date(text.clone())
        }
        _ => value.clone(),
    };
    Ok(root)
}

pub(super) fn unset(text: &str, spot: &Spot<'_>) -> Result<Data, String> {
    let Some((Step::Key(key), path)) = spot.path.split_last() else {
        return Err("`path` ends with a key".to_owned());
    };
    change(text, &Spot { path, ..*spot }, |table| {
        let Data::Table(entries) = table else {
            return Err("only a table has keys".to_owned());
        };
        let at = entries.iter().position(|(known, _)| known == key);
        entries.remove(at.ok_or_else(|| format!("there is no `{key}`"))?);
        Ok(())
    })
}

pub(super) fn inserted(
    text: &str,
    list: &Spot<'_>,
    at: usize,
    value: &Data,
) -> Result<Data, String> {
    let mut root = read(text)?;
    let place = entry(&mut root, list)?.make_way(list.path)?;
    if let Data::List(items) = place {
        items.insert(at.min(items.len()), value.clone());
    } else if matches!(place, Data::Table(entries) if entries.is_empty()) {
        *place = Data::List(vec![value.clone()]);
    } else {
        let single = place.clone();
        *place = Data::List(vec![single]);
        if let Data::List(items) = place {
            items.insert(at.min(1), value.clone());
        }
    }
    Ok(root)
}

pub(super) fn item_removed(text: &str, list: &Spot<'_>, at: usize) -> Result<Data, String> {
    change(text, list, |place| {
        let items = place.items()?;
        if at >= items.len() {
            return Err("there is no item with that number".to_owned());
        }
        items.remove(at);
        Ok(())
    })
}

pub(super) fn item_moved(
    text: &str,
    list: &Spot<'_>,
    at: usize,
    to: usize,
) -> Result<Data, String> {
    change(text, list, |place| {
        place.items().and_then(|items| shift(items, at, to))
    })
}

fn shift(items: &mut Vec<Data>, at: usize, to: usize) -> Result<(), String> {
    if at.max(to) >= items.len() {
        return Err("there is no item with that number".to_owned());
    }
    let item = items.remove(at);
    items.insert(to, item);
    Ok(())
}

pub(super) fn removed(text: &str, part: &str, index: usize) -> Result<Data, String> {
    let mut root = read(text)?;
    let path = &[];
    entry(&mut root, &Spot { part, index, path })?;
    if let Some(Data::List(entries)) = root.get_mut(part) {
        entries.remove(index);
        return Ok(root);
    }
    if let Data::Table(entries) = &mut root {
        entries.retain(|(key, _)| key != part);
    }
    Ok(root)
}

pub(super) fn moved(text: &str, part: &str, index: usize, to: usize) -> Result<Data, String> {
    let mut root = read(text)?;
    let entries = root.get_mut(part).ok_or("there is none in this file")?;
    shift(entries.items()?, index, to)?;
    Ok(root)
}

pub(super) fn added(text: &str, part: &str, at: usize, values: &Data) -> Result<Data, String> {
    let mut root = read(text)?;
    if let Some(entries) = root.get_mut(part) {
        let entries = entries.items()?;
        entries.insert(at.min(entries.len()), values.clone());
    } else if super::tables::SINGLE.contains(&part) {
        root.put(part, values.clone());
    } else {
        root.put(part, Data::List(vec![values.clone()]));
    }
    Ok(root)
}

impl Data {
    fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Self::Table(entries) = self else {
            return None;
        };
        let entry = entries.iter_mut().find(|(known, _)| known == key);
        entry.map(|(_, value)| value)
    }

    /// Gives a key this value; for tables alone.
    pub(super) fn put(&mut self, key: &str, value: Self) {
        if let Some(known) = self.get_mut(key) {
            *known = value;
        } else if let Self::Table(entries) = self {
            entries.push((key.to_owned(), value));
        }
    }

    fn items(&mut self) -> Result<&mut Vec<Self>, String> {
        if let Self::List(items) = self {
            Ok(items)
        } else {
            Err("this is not a list".to_owned())
        }
    }

    fn reach(&mut self, path: &[Step]) -> Result<&mut Self, String> {
        path.iter().try_fold(self, |data, step| {
            let found = match step {
                Step::Key(key) => data.get_mut(key),
                Step::Index(at) => data.items()?.get_mut(*at),
            };
            found.ok_or_else(|| format!("there is no {}", said(step)))
        })
    }

    /// As [`Self::reach`]; keys that are not there are made.
    fn make_way(&mut self, path: &[Step]) -> Result<&mut Self, String> {
        path.iter().try_fold(self, |data, step| match step {
            Step::Key(key) => {
                if data.get_mut(key).is_none() {
                    data.put(key, Self::empty());
                }
                let found = data.get_mut(key);
                found.ok_or_else(|| format!("only a table has a key `{key}`"))
            }
            Step::Index(at) => {
                if data.is_bare() && *at == 0 {
                    *data = Self::List(vec![Self::empty()]);
                }
                let found = data.items()?.get_mut(*at);
                found.ok_or_else(|| format!("there is no {}", said(step)))
            }
        })
    }

    fn is_bare(&self) -> bool {
        matches!(self, Self::Table(entries) if entries.is_empty())
    }
}

fn said(step: &Step) -> String {
    match step {
        Step::Key(key) => format!("`{key}`"),
        Step::Index(at) => format!("item {at}"),
    }
}
