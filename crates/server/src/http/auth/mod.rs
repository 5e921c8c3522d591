//! Who is calling: extractors that carry authority.
