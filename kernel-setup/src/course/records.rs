//! The probes of each region of hidden tests, out of all that were sent.

use crate::passes::assert_probes::{Probe, REGION_BEGINS, REGION_ENDS};
use anyhow::{Context, Result, anyhow, bail};

/// The probes of each of `count` regions; what was sent outside of all is left out.
pub fn of_regions(bytes: &[u8], count: usize) -> Result<Vec<Vec<Probe>>> {
    let mut regions = vec![Vec::new(); count];
    let mut began = vec![false; count];
    let mut current = None;
    for probe in read(bytes)? {
        if let Some(number) = probe.name.strip_prefix(REGION_BEGINS) {
            let number: usize = number.parse()?;
            *began.get_mut(number).with_context(|| format!("there is no region {number}"))? = true;
            current = Some(number);
        } else if probe.name == REGION_ENDS {
            current = None;
        } else if let Some(number) = current {
            regions[number].push(probe);
        }
    }
    if let Some(number) = began.iter().position(|began| !began) {
        bail!("hidden tests number {} did not run", number + 1);
    }
    Ok(regions)
}

fn read(bytes: &[u8]) -> Result<Vec<Probe>> {
    let probe = |record: nnlib::probe::Record| Probe {
        name: record.name,
        shape: record.values.shape().to_vec(),
        values: record.values.into_iter().collect(),
    };
    let read = nnlib::probe::records(bytes).map(|record| record.map(probe));
    read.collect::<Result<_, _>>().map_err(|malformed| anyhow!("the probes: {malformed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, shape: &[u64], values: &[f64]) -> Vec<u8> {
        let mut bytes = b"PROB".to_vec();
        bytes.extend((name.len() as u32).to_le_bytes());
        bytes.extend((shape.len() as u32).to_le_bytes());
        shape.iter().for_each(|len| bytes.extend(len.to_le_bytes()));
        bytes.extend(name.as_bytes());
        values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
        bytes
    }

    #[test]
    fn each_region_has_its_own() {
        let sent = [
            record("outside", &[], &[1.0]),
            record("nnkernel/region-begins/1", &[], &[0.0]),
            record("größe", &[1, 2], &[0.5, -1.0]),
            record("nnkernel/region-ends", &[], &[0.0]),
            record("outside", &[], &[1.0]),
            record("nnkernel/region-begins/0", &[], &[0.0]),
        ];
        let found = of_regions(&sent.concat(), 2).unwrap();
        let expected = Probe { name: "größe".to_owned(), shape: vec![1, 2], values: vec![0.5, -1.0] };
        assert_eq!(found, [vec![], vec![expected]]);
        let error = of_regions(&sent[..5].concat(), 2).unwrap_err();
        assert_eq!(error.to_string(), "hidden tests number 1 did not run");
        assert!(of_regions(&sent.concat(), 1).is_err());
    }

    #[test]
    fn what_is_no_record() {
        let whole = record("x", &[2], &[1.0, 2.0]);
        for len in 1..whole.len() {
            assert!(of_regions(&whole[..len], 0).is_err(), "{len} bytes");
        }
        assert_eq!(of_regions(&whole, 0).unwrap().len(), 0);
        assert!(of_regions(&record("x", &[1 << 40, 1 << 40], &[]), 0).is_err());
        assert!(of_regions(&[whole.clone(), b"PR0B".to_vec()].concat(), 0).is_err());
    }
}
