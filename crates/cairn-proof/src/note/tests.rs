use super::*;

fn signer(name: &str, seed: u8) -> ProofSigner {
    ProofSigner::new(name, &[seed; 32]).unwrap()
}

/// The verifier key and the note that the documentation of Go's `sumdb/note` signs with.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
                       then you don't know what your problem is.\n\n\
                       \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1F\
                       FYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn notes_of_others_are_understood() {
    let key: VerifierKey = GO_KEY.parse().unwrap();
    assert_eq!(key.to_string(), GO_KEY);
    let text = open(GO_NOTE.as_bytes(), &[key]).unwrap();
    assert!(text.ends_with("your problem is.\n"));
}

#[test]
fn a_note_is_opened_with_its_key_only() {
    let signer = signer("cairn.example", 7);
    let note = signer.sign("one\ntwo\n");
    let key = signer.verifier().to_string().parse::<VerifierKey>().unwrap();
    assert_eq!(&key, signer.verifier());
    assert_eq!(open(note.as_bytes(), std::slice::from_ref(&key)), Ok("one\ntwo\n"));
    let other = self::signer("cairn.example", 8).verifier().clone();
    assert_eq!(open(note.as_bytes(), &[other]), Err(NoteError::Unsigned));
    assert_eq!(open(note.as_bytes(), &[]), Err(NoteError::Unsigned));
    let changed = note.replace("two", "twO");
    assert_eq!(open(changed.as_bytes(), &[key]), Err(NoteError::Signature));
}

#[test]
fn signatures_of_unknown_keys_are_passed_over() {
    let (ours, witness) = (signer("cairn.example", 7), signer("witness.example", 9));
    let cosigned = witness.sign("text\n").replacen("text\n\n", "", 1);
    let note = format!("{}{cosigned}", ours.sign("text\n"));
    assert_eq!(open(note.as_bytes(), &[ours.verifier().clone()]), Ok("text\n"));
    assert_eq!(open(note.as_bytes(), &[witness.verifier().clone()]), Ok("text\n"));
}

#[test]
fn every_changed_bit_of_a_note_is_noticed() {
    let signer = signer("cairn.example", 7);
    let note = signer.sign("text of the note\n").into_bytes();
    let keys = [signer.verifier().clone()];
    for bit in 0..note.len() * 8 {
        let mut changed = note.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&changed, &keys).is_err(), "bit {bit}");
    }
    for length in 0..note.len() {
        assert!(open(&note[..length], &keys).is_err(), "{length}");
    }
}

#[test]
fn a_verifier_key_that_does_not_fit_together_is_refused() {
    let good = signer("cairn.example", 7).verifier().to_string();
    for bad in ["", "a", "a+b", "a+b+c", &good[1..], &good[..good.len() - 1]] {
        assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
    }
    assert!(ProofSigner::new("two words", &[1; 32]).is_err());
    assert!(ProofSigner::new("a+b", &[1; 32]).is_err());
}
