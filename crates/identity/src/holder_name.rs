use crate::personal::prints_masked;
use crate::{Fault, IdentityError};

/// A person's name as on the resident ID: 1 to 64 characters, none of them
/// invisible, and no space at either end.
///
/// The text is kept as it came, without Unicode normalisation: the bank compares it
/// with its own record.
#[derive(Clone, PartialEq, Eq)]
pub struct HolderName(String);

impl HolderName {
    /// Long enough for the longest names of ethnic minorities and foreigners on such IDs.
    const MOST_CHARS: usize = 64;

    /// Reads a name.
    ///
    /// # Errors
    /// [`IdentityError::Name`] with what is wrong: length, characters or an outer space.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        Self::read(text).map_err(IdentityError::Name)
    }

    fn read(text: &str) -> Result<Self, Fault> {
        if !(1..=Self::MOST_CHARS).contains(&text.chars().take(Self::MOST_CHARS + 1).count()) {
            return Err(Fault::Length { least: 1, most: Self::MOST_CHARS });
        }
        if text.chars().any(is_invisible) {
            return Err(Fault::Characters);
        }
        if text.trim() != text {
            return Err(Fault::OuterSpace);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first character, and a star for each other: `张*`. A name of one character is
    /// hidden altogether.
    #[must_use]
    pub fn masked(&self) -> String {
        let mut chars = self.0.chars();
        let first = chars.next();
        let stars = "*".repeat(chars.count());
        match first {
            Some(first) if !stars.is_empty() => format!("{first}{stars}"),
            _ => "*".to_owned(),
        }
    }
}

/// Control characters, and the format characters that hide or reorder the text around
/// them: with them two names could look alike and differ, or be shown backwards.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

prints_masked!(HolderName);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_all_shapes_are_accepted() {
        for text in ["张三", "欧阳娜娜", "阿卜杜拉·买买提", "𠮷野", "John Smith", &"名".repeat(64)]
        {
            assert_eq!(HolderName::parse(text).unwrap().expose(), text);
        }
    }

    #[test]
    fn each_mistake_is_named() {
        let fault = |text: &str| HolderName::read(text).err();
        let length = Some(Fault::Length { least: 1, most: 64 });
        assert_eq!(fault(""), length);
        assert_eq!(fault(&"名".repeat(65)), length);
        for text in ["张\n三", "张\0", "张\u{202E}三", "张\u{200B}三", "\u{FEFF}张三"] {
            assert_eq!(fault(text), Some(Fault::Characters), "{text:?}");
        }
        for text in [" 张三", "张三 ", "张三\u{3000}", " "] {
            assert_eq!(fault(text), Some(Fault::OuterSpace), "{text:?}");
        }
    }

    #[test]
    fn printing_shows_only_the_first_character() {
        for (text, masked) in [("张三", "张*"), ("欧阳娜娜", "欧***"), ("𠮷野", "𠮷*"), ("张", "*")]
        {
            let name = HolderName::parse(text).unwrap();
            assert_eq!(name.to_string(), masked);
            assert_eq!(format!("{name:?}"), format!("HolderName({masked})"));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            if let Ok(name) = HolderName::parse(&text) {
                prop_assert!(name.masked().ends_with('*'));
            }
        }
    }
}
