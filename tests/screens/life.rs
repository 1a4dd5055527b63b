//! What a person does with the life of keys in the window, and what comes of it.
