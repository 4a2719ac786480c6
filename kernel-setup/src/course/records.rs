//! Reading what probes have sent: the format that `nnlib::probe` documents.

use crate::passes::assert_probes::{Probe, REGION_BEGINS, REGION_ENDS};
use anyhow::{Context, Result, bail, ensure};

const MAGIC: &[u8] = b"PROB";

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
    let mut rest = bytes;
    let mut probes = Vec::new();
    while !rest.is_empty() {
        let number = probes.len() + 1;
        probes.push(next(&mut rest).with_context(|| format!("record {number} of the probes"))?);
    }
    Ok(probes)
}

fn next(rest: &mut &[u8]) -> Result<Probe> {
    ensure!(take(rest, MAGIC.len())? == MAGIC, "expected it to begin with PROB");
    let name_len = u32::from_le_bytes(number(rest)?) as usize;
    let num_axes = u32::from_le_bytes(number(rest)?) as usize;
    ensure!(num_axes <= rest.len() / 8, "it is cut off: it has {num_axes} axes");
    let shape: Vec<usize> =
        (0..num_axes).map(|_| Ok(usize::try_from(u64::from_le_bytes(number(rest)?))?)).collect::<Result<_>>()?;
    let name = str::from_utf8(take(rest, name_len)?).context("its name is no UTF-8")?.to_owned();
    let len = shape.iter().try_fold(1_usize, |len, &axis| len.checked_mul(axis)).and_then(|len| len.checked_mul(8));
    let values = take(rest, len.with_context(|| format!("`{name}`: its shape is {shape:?}"))?)?;
    let (values, _) = values.as_chunks();
    Ok(Probe { name, shape, values: values.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect() })
}

fn number<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N]> {
    Ok(take(rest, N)?.try_into()?)
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Result<&'a [u8]> {
    let Some((taken, left)) = rest.split_at_checked(len) else {
        bail!("it is cut off: expected {len} more bytes, found {}", rest.len());
    };
    *rest = left;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, shape: &[u64], values: &[f64]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
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
