//! A list that grows by whole pages: growing copies nothing and keeps no room for twice as many.

use std::ops::{Index, IndexMut};

const PAGE: usize = 256;

/// A list of which each element keeps its place in memory; grows by pages of 256.
#[derive(Clone, Debug)]
pub struct Paged<T> {
    /// All but the last one full.
    pages: Vec<Vec<T>>,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T> Paged<T> {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        let full = self.pages.len().saturating_sub(1) * PAGE;
        full + self.pages.last().map_or(0, Vec::len)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// The element at `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        self.pages.get(index / PAGE)?.get(index % PAGE)
    }

    /// Puts an element at the end.
    pub fn push(&mut self, element: T) {
        match self.pages.last_mut().filter(|page| page.len() < PAGE) {
            Some(page) => page.push(element),
            None => {
                let mut page = Vec::with_capacity(PAGE);
                page.push(element);
                self.pages.push(page);
            }
        }
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.pages.iter().flatten()
    }

    /// The elements in order, from `start` on.
    pub(crate) fn iter_from(&self, start: usize) -> impl Iterator<Item = &T> {
        let pages = self.pages.iter().skip(start / PAGE);
        pages.flatten().skip(start % PAGE)
    }

    /// The elements in order, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.pages.iter_mut().flatten()
    }
}

impl<T> Index<usize> for Paged<T> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        &self.pages[index / PAGE][index % PAGE]
    }
}

impl<T> IndexMut<usize> for Paged<T> {
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self.pages[index / PAGE][index % PAGE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_on_every_page() {
        let mut list = Paged::default();
        assert_eq!((list.len(), list.is_empty()), (0, true));
        for number in 0..PAGE * 2 + 1 {
            list.push(number);
            assert_eq!((list.len(), list.is_empty()), (number + 1, false));
        }
        list[PAGE] = 7;
        assert_eq!(
            (list[PAGE - 1], list[PAGE], list[PAGE * 2]),
            (PAGE - 1, 7, PAGE * 2)
        );
        assert_eq!(
            (list.get(PAGE * 2), list.get(PAGE * 2 + 1)),
            (Some(&(PAGE * 2)), None)
        );
        let from: Vec<_> = list.iter_from(PAGE - 1).take(3).copied().collect();
        assert_eq!(from, [PAGE - 1, 7, PAGE + 1]);
        assert_eq!(list.iter_from(PAGE * 2 + 1).count(), 0);
        for number in list.iter_mut() {
            *number += 1;
        }
        assert!(list.iter().copied().take(PAGE).eq(1..=PAGE));
    }
}
