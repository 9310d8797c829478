    static const uint32_t processor[] = {$words};
    if (!tin_processor_has(processor))
        return ${upper}_WRONG_PROCESSOR;
