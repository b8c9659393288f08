#include "codec/zstd/decode/block_decode.h"

#include <cstring>

#include "codec/zstd/format/format.h"

namespace holt::zstd {

BlockDecoder::BlockDecoder(codec::CpuLevel level)
    : kernels_(&decode_kernels(level)),
      literals_(std::make_unique_for_overwrite<std::uint8_t[]>(kMaxBlockSize + kCopyMargin)),
      own_huffman_(std::make_unique_for_overwrite<HuffmanTable>()),
      own_tables_(std::make_unique_for_overwrite<SequenceTables>()) {}

void BlockDecoder::reset(const DictionaryTables* dictionary) noexcept {
    deep_ = dictionary ? dictionary->deep.get() : nullptr;
    huffman_ = dictionary && deep_ == nullptr ? &dictionary->huffman : nullptr;
    tables_.fill(dictionary ? &dictionary->sequences : nullptr);
    // The address of a dictionary may be that of another one by now.
    for (const SequenceTables*& copied : copied_)
        if (copied != &predefined_tables()) copied = nullptr;
    repeats_ = dictionary ? dictionary->repeats : kInitialRepeatOffsets;
}

ErrorCode BlockDecoder::decode(const BlockInput& input, const BlockOutput& output,
                               std::size_t& written, std::size_t& where) noexcept {
    const auto size_limit = static_cast<std::size_t>(output.out_limit - output.out);
    Literals literals;
    where = 0;
    ErrorCode code = decode_literals(input, output.out, size_limit, literals, where);
    if (code != ErrorCode::ok) return code;

    // Number_of_Sequences takes one to three bytes (3.1.1.3.2.1).
    where = literals.consumed;
    const ByteView section = input.content.subspan(literals.consumed);
    if (section.empty()) return ErrorCode::bad_sequences;
    std::uint32_t count = section[0];
    std::size_t header = 1;
    if (count >= 128) {
        header = count == 255 ? 3 : 2;
        if (section.size() < header) return ErrorCode::bad_sequences;
        count = header == 2 ? ((count - 128) << 8) + section[1]
                            : section[1] + (std::uint32_t{section[2]} << 8) + 0x7F00;
    }
    if (count == 0) {
        if (section.size() != header) return ErrorCode::bad_sequences;
        if (literals.size > size_limit) return ErrorCode::output_full;
        if (literals.size > 0 && literals.data != output.out)
            std::memcpy(output.out, literals.data, literals.size);
        written = literals.size;
        return ErrorCode::ok;
    }

    where += header;
    std::size_t tables_size = 0;
    code = read_sequence_tables(section.subspan(header), tables_size);
    where += tables_size;
    if (code != ErrorCode::ok) return code;

    SequencesJob job;
    job.stream_begin = section.data() + header + tables_size;
    job.stream_end = section.data() + section.size();
    job.count = count;
    job.tables = &joined_tables();
    job.literals = literals.data;
    job.literals_size = literals.size;
    job.out = output.out;
    job.out_limit = output.out_limit;
    job.out_end = output.out_end;
    job.prefix = output.prefix;
    job.ext_end = output.ext_end;
    job.ext_size = output.ext_size;
    job.window = output.window;
    job.position = output.position;
    std::memcpy(job.repeats, repeats_.data(), sizeof job.repeats);
    code = kernels_->sequences(job);
    if (code != ErrorCode::ok) return code;
    std::memcpy(repeats_.data(), job.repeats, sizeof job.repeats);

    // What the sequences left of the literals ends the block.
    const auto rest = static_cast<std::size_t>(literals.data + literals.size - job.literals_done);
    if (rest > static_cast<std::size_t>(output.out_limit - job.out_done))
        return ErrorCode::output_full;
    if (rest > 0) std::memcpy(job.out_done, job.literals_done, rest);
    written = static_cast<std::size_t>(job.out_done - output.out) + rest;
    return ErrorCode::ok;
}

}  // namespace holt::zstd
