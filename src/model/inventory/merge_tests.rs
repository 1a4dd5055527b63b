//! Merging: nothing that was ended begins again, and no state becomes milder.
